import { execFileSync } from 'node:child_process'

// The server embeds what is in console/dist. PITBOSS names one that is built.
export const program = process.env.PITBOSS ?? '../.bin/pitboss-e2e'

export default function build() {
  if (process.env.PITBOSS) return
  execFileSync('go', ['build', '-o', '.bin/pitboss-e2e', './cmd/pitboss'], { cwd: '..', stdio: 'inherit' })
}
