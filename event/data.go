package event

// The data of the types that every game has. A game's own types carry data of
// its own.

// Opening is the data of [RoomCreated].
type Opening struct {
	Game  string `json:"game"`
	Seats int    `json:"seats"`
	Bots  int    `json:"bots"`
}

// Seat is the data of [RoomJoined], [RoomLeft], [PlayerReady],
// [PlayerConnected], [PlayerDisconnected] and [PlayerReconnected].
type Seat struct {
	Seat       int    `json:"seat"`
	PlayerType string `json:"player_type"`
	Command    string `json:"command,omitempty"` // of PlayerReady: the client's id for it
}

// Start is the data of [GameStarted].
type Start struct {
	Game    string   `json:"game"`
	Players []string `json:"players"`
}

// Resumption is the data of [GameResumed].
type Resumption struct {
	Reason string `json:"reason"` // "recovered": the server came back
	// State and Players are what the room is at, for those who see it for the
	// first time.
	State   string   `json:"state"`
	Players []Player `json:"players"` // by seat
}

// Player is who has a seat.
type Player struct {
	Player     string `json:"player"`
	PlayerType string `json:"player_type"`
}

// StateChange is the data of [StateChanged].
type StateChange struct {
	From       string  `json:"from"`
	To         string  `json:"to"`
	DurationMS float64 `json:"duration_ms"` // how long From lasted
	Detail     any     `json:"detail,omitempty"`
}

// Action is the data of [PlayerAction] and [ActionRejected].
type Action struct {
	Seat       int     `json:"seat"`
	Action     string  `json:"action"`
	PlayerType string  `json:"player_type"`
	Command    string  `json:"command,omitempty"`     // the client's id for it
	ResponseMS float64 `json:"response_ms,omitempty"` // since it was the player's turn
	Code       string  `json:"code,omitempty"`        // why it was rejected
	Message    string  `json:"message,omitempty"`
}

// The actions that rooms record by themselves.
const (
	// ActionAway: the player let the turn's deadline pass; a bot stands in.
	ActionAway = "away"
	// ActionBack: the player took the seat back from the bot.
	ActionBack = "back"
)

// Fault is the data of [ErrorOccurred].
type Fault struct {
	Error   string `json:"error"` // what kind, of a small fixed set
	State   string `json:"state"` // the game's state
	Message string `json:"message"`
}

// Result is the data of [GameEnded].
type Result struct {
	Outcome         Outcome `json:"outcome"`
	Winners         []int   `json:"winners"` // seats
	Scores          []int   `json:"scores"`  // by seat
	Rounds          int     `json:"rounds"`
	DurationSeconds float64 `json:"duration_seconds"`
	Detail          any     `json:"detail,omitempty"`
}

// Outcome says how a game ended.
type Outcome string

// The outcomes.
const (
	Completed Outcome = "completed"
	Abandoned Outcome = "abandoned"
)

// Closing is the data of [RoomClosed].
type Closing struct {
	Reason string `json:"reason"`
}

// Broadcast is the data of [BroadcastSent]: so many events of a room were
// written to one recipient, the player in the seat.
type Broadcast struct {
	Seat    int    `json:"seat"`
	Events  int    `json:"events"`
	RoomSeq uint64 `json:"room_seq"` // the last one's
}

// Work is the data of [TaskSubmitted], [TaskCompleted], [TaskFailed] and
// [TaskLate].
type Work struct {
	Task       string  `json:"task"` // its type
	Attempt    int     `json:"attempt,omitempty"`
	WaitedMS   float64 `json:"waited_ms,omitempty"` // from its submission to the attempt's start
	DurationMS float64 `json:"duration_ms,omitempty"`
	Error      string  `json:"error,omitempty"`
}

// DeadLetter is the data of [MessageDeadLettered].
type DeadLetter struct {
	ID     string `json:"id"`
	Queue  string `json:"queue"`
	Reason string `json:"reason"`
	Error  string `json:"error,omitempty"`
}
