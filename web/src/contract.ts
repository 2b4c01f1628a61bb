// The shapes of the API, as the server documents them.
export interface GameEvent {
  seq: number; room_seq?: number; id: string; type: string; time: string
  room?: string; game?: string; player?: string; correlation_id?: string; trace_id?: string
  data?: any
}
export interface Missed { count: number; from: number; to: number }
export interface EventPage { events: GameEvent[]; next: number; last: number; missed?: Missed }

export interface Status {
  version: string; instance?: string; environment?: string; admin: boolean; started_at: string; uptime_seconds: number; store: string; durability?: string
  games: string[]; rooms: number; connections: number; queues: QueueStatus[]
  stream?: { subscribers: number; first: number; last: number; missed: number }
  system?: any; monitor?: Record<string, { on: boolean; holds?: Record<string, number> }>
  status: string; parts: Record<string, { ok: boolean; detail?: string; error?: string }>
}
export interface QueueStatus {
  name: string; depth: Record<string, number>; ready: number; in_flight: number; delayed: number
  oldest_age_seconds: number; capacity: number; counters: Record<string, number>
  rates: { enqueued_per_second: number; acked_per_second: number }
  consumers?: { name: string; workers: number }[]
}
export interface QueuePoint {
  time: string; ready: number; in_flight: number; delayed: number; oldest_age_seconds: number
  enqueued_per_second: number; acked_per_second: number
}
export interface QueueDetail extends QueueStatus { history: QueuePoint[] }

export interface Attempt { time: string; duration: number; error: string; worker?: string }
export interface DeadLetter {
  id: string; queue: string; topic?: string; sequence: number; key?: string; message_id?: string; priority: string
  headers?: Record<string, string>; reason: string; error: string; attempts: Attempt[]
  enqueued_at: string; at: string; deadline?: string; correlation_id?: string; trace_id?: string
  state: 'held' | 'retried' | 'recovered'; parked?: boolean; retries: number; retry_at?: string; retry_error?: string
  resolved_at?: string; payload?: unknown; payload_error?: string; editable?: boolean
}
export interface DeadLetterList {
  deadletters: DeadLetter[]; next?: string; total: number; counts: { queue: string; reason: string; count: number }[]
}
export interface Change {
  time: string; actor: string; remote?: string; verb: string; target: string; count: number
  outcome: 'done' | 'refused' | 'failed'; error?: string; status: number; correlation_id: string
}
export interface Audit { audit: Change[]; total: number }

export interface DiagramNode {
  name: string; active_rooms: number; avg_duration_seconds: number; p50_duration_seconds: number
  p95_duration_seconds: number; p99_duration_seconds: number; errors: number; error_rate: number
  transitions_in: number; transitions_out: number
}
export interface DiagramEdge {
  from: string; to: string; count: number; avg_duration_ms: number; p50_duration_ms: number
  p95_duration_ms: number; p99_duration_ms: number; error_rate: number; last_transition: string
}
export interface Diagram { nodes: DiagramNode[]; edges: DiagramEdge[] }

export type Health = 'stuck' | 'critical' | 'warning' | 'idle' | 'healthy'
export const healths: Health[] = ['stuck', 'critical', 'warning', 'idle', 'healthy']
export interface RoomStatus {
  room_id: string; game_id: string; game: string; state: string; players: number; bots: number
  created_at: string; last_activity: string; actions: number; errors: number; health: Health
  stuck?: { reason: string; detail: string; since: string; player?: string }
  phase_durations: Record<string, number>; closed?: boolean
}
export interface RoomsSummary {
  summary: { total_rooms: number; active_rooms: number; players: number; bots: number
    health: Record<Health, number>; stuck: Record<string, number> }
  by_state: Record<string, number>; matching: number; next?: string | undefined
}
export interface Rooms extends RoomsSummary { rooms: RoomStatus[] }
// RoomCell is what a grid shows of a room.
export type RoomCell = Pick<RoomStatus, 'room_id' | 'health' | 'state' | 'last_activity'>
export interface RoomCells extends RoomsSummary { rooms: RoomCell[] }
export interface Span {
  time: string; actions: number; rejected: number; transitions: number; errors: number
  games_started: number; games_completed: number; avg_duration_ms: number
  p50_duration_ms: number; p95_duration_ms: number; p99_duration_ms: number
}
export interface Performance { generated_at: string; bucket_seconds: number; buckets: Span[]; total: Span }
export interface Cell { state: string; error: string; count: number; last: string }
export interface Heatmap { states: string[]; errors: string[]; cells: Cell[]; rejections: Cell[]; total: number }

export interface Seat {
  player: string; player_type: string; strength?: string; connected: boolean; ready: boolean; away: boolean
}
export interface TableView {
  phase: string; round: number; multiplier: number; starter: number; current?: number[]
  declared?: (number | null)[]; taken?: number[]; scores?: number[]; turn?: number
  plays?: { seat: number; pieces: string[] }[]; hand_sizes?: number[]; hand?: string[]
}
export interface PastState { room: string; seq: number; state: string; seats: Seat[]; view: TableView; views?: TableView[] }
export interface Journal { room: string; events: GameEvent[]; next?: number }

export interface DurationCount { le_seconds: number; count: number }
export interface StateDetail extends DiagramNode { durations: DurationCount[]; longest: RoomStatus[] }
export interface SlowChange { room_id: string; room_seq: number; duration_ms: number; time: string }
export interface TransitionDetail extends DiagramEdge { durations: DurationCount[]; slowest: SlowChange[] }
