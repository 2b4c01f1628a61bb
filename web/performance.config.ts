import base from './playwright.config'

export default { ...base, testMatch: 'performance.ts', timeout: 3_600_000, reporter: [['line']] as ['line'][] }
