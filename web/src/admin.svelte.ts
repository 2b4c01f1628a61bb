// admin opens the dialog that asks for the token. What a token changes the sight
// of reads turn, and asks again when it grows.
class Admin {
  turn = $state(0)
  #open = $state(false)
  get open() { return this.#open }
  set open(open: boolean) {
    if (this.#open && !open) this.turn++
    this.#open = open
  }
}

export const admin = new Admin()
