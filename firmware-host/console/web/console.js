// Login and status: the least that shows the console at work.
import { get, poll, post } from "/api.js";

const POLL_MS = 5000;
const at = (id) => document.getElementById(id);
const texts = await (await fetch("/texts/it.json")).json();
let timer = 0;

for (const element of document.querySelectorAll("[data-text]")) element.textContent = texts[element.dataset.text];

function say(text) {
	at("message").textContent = text;
}

function status_show(status) {
	at("why").textContent = status.why;
	at("modems").replaceChildren(...status.modems.map((modem) => {
		const row = document.createElement("tr");
		for (const value of [modem.name, modem.state, modem.operator, modem.signal_dbm ?? ""]) {
			const cell = document.createElement("td");
			cell.textContent = value;
			row.append(cell);
		}
		return row;
	}));
}

function session_show(session) {
	at("comune").textContent = session.comune;
	at("login").hidden = session.logged_in;
	at("status").hidden = !session.logged_in;
	at("code-row").hidden = !session.setup_needed;
	say(session.setup_needed ? texts.setup : "");
	clearInterval(timer);
	if (!session.logged_in) return;
	get("/api/status").then(status_show, (refusal) => say(refusal.message));
	timer = setInterval(() => poll("/api/status").then(status_show, session_look), POLL_MS);
}

async function session_look() {
	session_show(await get("/api/session"));
}

at("login").addEventListener("submit", async (event) => {
	event.preventDefault();
	const form = Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value !== ""));
	try {
		session_show(await post(form.code ? "/api/setup" : "/api/login", form));
		event.target.reset();
	} catch (refusal) {
		at("totp-row").hidden = at("totp-row").hidden && refusal.code !== "totp";
		say(texts.errors[refusal.code] ?? refusal.message);
	}
});
at("logout").addEventListener("click", async () => session_show(await post("/api/logout")));

await session_look();
