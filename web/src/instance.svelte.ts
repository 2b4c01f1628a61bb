import type { Status } from './contract'

// instance is what the server last said of itself; the header asks it.
class Instance {
  status = $state.raw<Status>()
  // admin: this browser may change things and see hands.
  get admin() { return this.status?.admin ?? false }
}

export const instance = new Instance()
