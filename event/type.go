package event

// Type says what kind of fact an event is.
type Type string

// Every type, by what it is about.
const (
	RoomCreated Type = "room.created"
	RoomJoined  Type = "room.joined"
	RoomLeft    Type = "room.left"
	RoomClosed  Type = "room.closed"

	GameStarted Type = "game.started"
	GameEnded   Type = "game.ended"
	GamePaused  Type = "game.paused"
	GameResumed Type = "game.resumed"

	RoundStarted Type = "round.started"
	TurnStarted  Type = "turn.started"
	TurnEnded    Type = "turn.ended"

	PiecePlayed     Type = "piece.played"
	DeclarationMade Type = "declaration.made"
	RedealRequested Type = "redeal.requested"
	RedealDeclined  Type = "redeal.declined"

	PlayerConnected    Type = "player.connected"
	PlayerDisconnected Type = "player.disconnected"
	PlayerReconnected  Type = "player.reconnected"
	PlayerReady        Type = "player.ready"
	PlayerAction       Type = "player.action"
	ActionRejected     Type = "action.rejected"

	StateChanged  Type = "state.changed"
	ErrorOccurred Type = "error.occurred"

	ConnectionOpened Type = "connection.opened"
	ConnectionClosed Type = "connection.closed"
	BroadcastSent    Type = "broadcast.sent"

	TaskSubmitted Type = "task.submitted"
	TaskCompleted Type = "task.completed"
	TaskFailed    Type = "task.failed"
	TaskLate      Type = "task.late"

	MessageDeadLettered Type = "message.dead_lettered"
)

// Types lists all of them, in the order above.
func Types() []Type {
	return []Type{
		RoomCreated, RoomJoined, RoomLeft, RoomClosed,
		GameStarted, GameEnded, GamePaused, GameResumed,
		RoundStarted, TurnStarted, TurnEnded,
		PiecePlayed, DeclarationMade, RedealRequested, RedealDeclined,
		PlayerConnected, PlayerDisconnected, PlayerReconnected, PlayerReady, PlayerAction, ActionRejected,
		StateChanged, ErrorOccurred,
		ConnectionOpened, ConnectionClosed, BroadcastSent,
		TaskSubmitted, TaskCompleted, TaskFailed, TaskLate,
		MessageDeadLettered,
	}
}
