// Shows the tables as the API tells them, once a second.

const PERIOD = 1000; // ms between two questions
const SHOWN_ENDED = 12;

const byId = (id) => document.getElementById(id);
const cards = new Map(); // by room
let lastAnswer = 0;

function element(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
}

// set changes text only where it differs, so that nothing flickers and no
// selection is lost.
function set(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function newCard(room) {
  const card = element("li", "table");
  const top = element("div", "top");
  card.title_ = element("h3", "", room);
  card.state_ = element("span", "state");
  top.append(card.title_, card.state_);
  card.seats_ = element("table", "seats");
  card.foot_ = element("p", "foot");
  card.append(top, card.seats_, card.foot_);
  return card;
}

const words = { bot: "bot", human: "player" };

function seatKind(seat) {
  if (!seat.player) return "";
  if (seat.player_type === "bot") return seat.strength ? `bot, ${seat.strength}` : "bot";
  if (seat.away) return "away, a bot plays";
  return seat.connected ? words.human : "connection lost";
}

function scoresOf(room) {
  return room.result?.scores ?? room.view?.scores ?? [];
}

function showSeats(table, room) {
  const body = table.tBodies[0] ?? table.createTBody();
  while (body.rows.length > room.seats.length) body.deleteRow(-1);
  const scores = scoresOf(room);
  const winners = room.result?.winners ?? [];
  room.seats.forEach((seat, i) => {
    let row = body.rows[i];
    if (!row) {
      row = body.insertRow();
      const name = element("th");
      name.scope = "row";
      name.append(element("span"), " ", element("span", "kind"));
      row.append(name, element("td"));
    }
    row.classList.toggle("winner", winners.includes(i));
    set(row.cells[0].firstChild, seat.player || "free seat");
    set(row.cells[0].lastChild, seatKind(seat));
    set(row.cells[1], scores[i] === undefined ? "" : String(scores[i]));
  });
}

function ago(time) {
  const seconds = Math.max(0, Math.round((Date.now() - new Date(time)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}

function show(room) {
  let card = cards.get(room.room);
  if (!card) {
    card = newCard(room.room);
    cards.set(room.room, card);
  }
  set(card.state_, room.closed && room.result?.outcome !== "completed" ? "closed" : room.state.toLowerCase().replaceAll("_", " "));
  showSeats(card.seats_, room);
  const parts = [`${room.actions} actions`, ago(room.last_activity)];
  if (room.errors > 0) parts.push(`${room.errors} errors`);
  set(card.foot_, parts.join(" · "));
  return card;
}

// place puts the cards into the list in order, moving only those that are not
// where they belong.
function place(list, wanted) {
  wanted.forEach((card, i) => {
    if (list.children[i] !== card) list.insertBefore(card, list.children[i] ?? null);
  });
  while (list.children.length > wanted.length) list.lastChild.remove();
}

function render([open, closed]) {
  const playing = open.rooms;
  const ended = closed.rooms
    .sort((a, b) => new Date(b.last_activity) - new Date(a.last_activity))
    .slice(0, SHOWN_ENDED);
  const kept = new Set([...playing, ...ended].map((r) => r.room));
  for (const id of cards.keys()) if (!kept.has(id)) cards.delete(id);
  place(byId("playing"), playing.map(show));
  place(byId("ended"), ended.map(show));
  byId("empty").hidden = playing.length > 0;
  byId("ended-title").hidden = ended.length === 0;
  const people = playing.reduce((n, r) => n + r.players, 0);
  set(byId("summary"), `${open.total} tables playing, people at them: ${people}`);
}

function connection(state, text) {
  const badge = byId("connection");
  badge.className = state;
  set(badge, text);
}

async function rooms(query) {
  const response = await fetch(`api/v1/rooms?limit=200&${query}`, { signal: AbortSignal.timeout(4000) });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

async function ask() {
  try {
    render(await Promise.all([rooms("closed=false&view=true"), rooms("closed=true")]));
    lastAnswer = Date.now();
    connection("live", "live");
  } catch {
    if (Date.now() - lastAnswer > 10 * PERIOD) connection("offline", "offline: the server does not answer");
    else connection("stale", "stale: waiting for the server");
  }
  setTimeout(ask, document.hidden ? 5 * PERIOD : PERIOD);
}

ask();
