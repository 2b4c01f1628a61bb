import { execFileSync } from 'node:child_process'

// The server embeds what is in console/dist.
export default function build() {
  execFileSync('go', ['build', '-o', '.bin/pitboss-e2e', './cmd/pitboss'], { cwd: '..', stdio: 'inherit' })
}
