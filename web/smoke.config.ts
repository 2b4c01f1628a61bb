import base from './playwright.config'

// It is part of `make test`, whose machine may be busy.
export default { ...base, testMatch: 'smoke.ts', timeout: 300_000, expect: { timeout: 60_000 } }
