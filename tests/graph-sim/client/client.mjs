// A public client library sends through the simulator and reads its webhooks. Prints "ok NAME" or "not ok NAME" lines.
// usage: node client.mjs GRAPH_SIM DIR BASE_URL
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";

globalThis.crypto ??= webcrypto; // Node 18 has it by this name only behind a flag

const { WhatsAppAPI } = await import("whatsapp-api-js");
const m = await import("whatsapp-api-js/messages");
const [sim, dir, base] = process.argv.slice(2);
const phoneId = "106300000000001";
const to = { phone: "+393331234567" };
const ctl = (...words) => execFileSync(sim, ["ctl", dir, ...words], { encoding: "utf8" });
const lines = (...words) => ctl(...words).split("\n").filter(Boolean).map((line) => JSON.parse(line));
const secret = (name) => readFileSync(`${dir}/${name}`, "utf8");

const check = (name, good, said) => {
	console.log(`${good ? "ok" : "not ok"} ${name}`);
	if (!good) console.log(`# ${JSON.stringify(said)}`);
};
const accepted = (name, answer) =>
	check(name, /^wamid\./.test(answer.messages?.[0]?.id ?? "") &&
		answer.contacts[0].wa_id === "393331234567", answer);
const refused = (name, code, answer) => check(name, answer.error?.code === code, answer);

const api = new WhatsAppAPI({
	token: secret("token"),
	appSecret: secret("app-secret"),
	webhookVerifyToken: secret("verify-token"),
	v: "v26.0",
	// The library knows one host only.
	ponyfill: {
		fetch: (url, init) => fetch(String(url).replace("https://graph.facebook.com", base), init),
		subtle: webcrypto.subtle,
	},
});

// ---- the webhook ----

const heard = [];
let forged = 0;
const hear = (kind) => (event) => void heard.push({ kind, ...event });
api.on.message = hear("message");
api.on.status = hear("status");
const server = createServer(async (request, response) => {
	const url = new URL(request.url, "http://localhost");
	const chunks = [];
	for await (const chunk of request) chunks.push(chunk);
	const raw = Buffer.concat(chunks).toString("utf8");
	try {
		const said = request.method === "GET" ? api.get(Object.fromEntries(url.searchParams))
			: await api.post(JSON.parse(raw), raw, request.headers["x-hub-signature-256"]);
		response.writeHead(200).end(request.method === "GET" ? said : "");
	} catch (error) {
		if (/FailedToVerify|MissingSignature/.test(error.constructor.name)) forged++;
		response.writeHead(error.httpStatus ?? 500).end();
	}
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));

// Waits for something heard, at most ten seconds.
const hears = async (name, test) => {
	const end = Date.now() + 10000;
	while (!heard.some(test) && Date.now() < end) await new Promise((done) => setTimeout(done, 10));
	check(name, heard.some(test), heard.map(({ kind, status, message, id }) => ({ kind, status, message, id })));
	return heard.find(test);
};

ctl("set", `callback=http://127.0.0.1:${server.address().port}/webhook`, "batch=1", "read=300");
// ctl waits for an answer of this very process: not with execFileSync.
const { spawn } = await import("node:child_process");
const verdict = await new Promise((done) => spawn(sim, ["ctl", dir, "verify"], { stdio: "inherit" }).on("exit",
	done));
check("the library answers the handshake", verdict === 0, verdict);

// ---- incoming ----

ctl("person", to.phone, "name=Anna Serra");
ctl("in", to.phone, "text", "ISCRIVIMI perché sì 🚧 a/b");
const hello = await hears("the library takes the signature of a text",
	(h) => h.message?.text?.body === "ISCRIVIMI perché sì 🚧 a/b");
check("and knows who wrote", hello?.from === "393331234567" && hello?.contact?.profile?.name === "Anna Serra",
	hello?.contact);
check("and the user id", /^IT\.\d{18}$/.test(hello?.recipient?.bsuid ?? ""), hello?.recipient);
const types = [["image", ["buca in via Roma"], (x) => x.image?.caption === "buca in via Roma" && x.image.id],
	["location", ["44.38", "7.54", "Bar"], (x) => x.location?.latitude === 44.38 && x.location.name === "Bar"],
	["button", ["STOP_ALLERTE", "Stop avvisi"], (x) => x.button?.payload === "STOP_ALLERTE"],
	["reply", ["si", "Sì"], (x) => x.interactive?.button_reply?.id === "si"],
	["list", ["anagrafe", "Anagrafe"], (x) => x.interactive?.list_reply?.title === "Anagrafe"],
	["reaction", [hello?.message.id ?? "", "👍"], (x) => x.reaction?.emoji === "👍"],
	["contact-info", [], (x) => x.contacts?.[0]?.origin === "contact_request"],
	["unsupported", ["poll"], (x) => x.errors?.[0]?.code === 131051],
	["document", ["modulo.pdf"], (x) => x.document?.filename === "modulo.pdf"],
	["audio", ["voice"], (x) => x.audio?.voice === true]];
for (const [type, words, test] of types) {
	ctl("in", to.phone, type, ...words);
	await hears(`it reads ${type}`, (h) => h.message && test(h.message));
}
ctl("in", "IT.13491208655302741918", "text", "solo con il nome utente");
const nameless = await hears("it reads who shows no number", (h) => h.recipient?.bsuid === "IT.13491208655302741918");
check("and sees none", nameless?.recipient?.phone === undefined, nameless?.recipient);

// ---- outgoing ----

const text = await api.sendMessage(phoneId, to, new m.Text("Buongiorno è però 🚧"), undefined, "d:1042");
accepted("text", text);
await hears("its status sent", (h) => h.status === "sent" && h.id === text.messages?.[0].id);
const delivered = await hears("delivered", (h) => h.status === "delivered" && h.id === text.messages?.[0].id);
check("with what was given along", delivered?.biz_opaque_callback_data === "d:1042", delivered);
await hears("read", (h) => h.status === "read" && h.id === text.messages?.[0].id);
const buttons = new m.ActionButtons(new m.Button("si", "Sì"), new m.Button("no", "No"));
accepted("buttons", await api.sendMessage(phoneId, to, new m.Interactive(buttons, new m.Body("Viene?"),
	undefined, new m.Footer("Comune"))));
const list = new m.ActionList("Scegli", new m.ListSection("Uffici", new m.Row("anagrafe", "Anagrafe", "lun-ven")));
accepted("list", await api.sendMessage(phoneId, to, new m.Interactive(list, new m.Body("Quale?"))));
accepted("location request", await api.sendMessage(phoneId, to, new m.Interactive(new m.ActionLocation(),
	new m.Body("Dove?"))));
accepted("location", await api.sendMessage(phoneId, to, new m.Location(7.2, 44.1, "Palestra", "Via Roma")));
accepted("reaction", await api.sendMessage(phoneId, to, new m.Reaction(hello?.message.id ?? "", "👍")));
check("mark as read, typing", (await api.markAsRead(phoneId, hello?.message.id ?? "", "text")).success === true);

ctl("template", "add", JSON.stringify({ name: "allerta", language: "it", category: "UTILITY", components: [
	{ type: "HEADER", format: "TEXT", text: "Allerta {{1}}", example: { header_text: ["Arancione"] } },
	{ type: "BODY", text: "Il Comune avvisa: {{1}}, dalle ore {{2}} di oggi.",
		example: { body_text: [["Temporali", "18:00"]] } },
	{ type: "BUTTONS", buttons: [{ type: "QUICK_REPLY", text: "Stop avvisi" },
		{ type: "URL", text: "Dettagli", url: "https://comune.example/{{1}}", example: ["a/1"] }] }] }));
const alert = (...values) => new m.Template("allerta", "it",
	new m.HeaderComponent(new m.HeaderParameter("Arancione")),
	new m.BodyComponent(...values.map((value) => new m.BodyParameter(value))),
	new m.PayloadComponent("STOP_ALLERTE"), new m.URLComponent("a/1042"));
const sent = await api.sendMessage(phoneId, { phone: "+393409998887" }, alert("Temporali forti", "18:00"));
check("template outside the window", sent.messages?.[0]?.message_status === "accepted", sent);
ctl("hold", "count", "1");
const held = await api.sendMessage(phoneId, to, alert("Temporali forti", "18:00"));
check("held for quality assessment", held.messages?.[0]?.message_status === "held_for_quality_assessment", held);
refused("a missing parameter", 132000, await api.sendMessage(phoneId, to, alert("Temporali forti")));
refused("a new line in a parameter", 132018, await api.sendMessage(phoneId, to, alert("Temporali\nforti", "18:00")));
refused("an unknown template", 132001, await api.sendMessage(phoneId, to, new m.Template("altro", "it")));
const byUser = await api.sendMessage(phoneId, { bsuid: "IT.13491208655302741918" }, new m.Text("Ciao"));
check("to a user id", byUser.contacts?.[0]?.user_id === "IT.13491208655302741918" && !byUser.contacts[0].wa_id,
	byUser);
const late = await api.sendMessage(phoneId, { phone: "+393470000000" }, new m.Text("Fuori finestra"));
const failed = await hears("text outside the window fails", (h) => h.status === "failed" &&
	h.id === late.messages?.[0].id);
check("with 131047", failed?.error?.code === 131047, failed?.error);
ctl("error", "131056", "count", "1", "for", to.phone);
refused("an error on demand", 131056, await api.sendMessage(phoneId, to, new m.Text("troppo")));
const stranger = new WhatsAppAPI({ token: "wrong", secure: false, v: "v26.0", ponyfill: { fetch: api.fetch } });
refused("a wrong token", 190, await stranger.sendMessage(phoneId, to, new m.Text("x")));
refused("an unknown phone number id", 100, await api.sendMessage("999", to, new m.Text("x")));

// ---- media ----

const bytes = new Uint8Array(300000).map((_, i) => i * 7);
const form = new FormData();
form.set("file", new Blob([bytes], { type: "image/png" }), "carta.png");
const upload = await api.uploadMedia(phoneId, form);
check("upload", /^\d+$/.test(upload.id ?? ""), upload);
accepted("image by id", await api.sendMessage(phoneId, to, new m.Image(upload.id, true, "La carta è qui")));
const about = await api.retrieveMedia(upload.id, phoneId);
check("its description", about.mime_type === "image/png" && Number(about.file_size) === bytes.length, about);
const back = await api.fetchMedia(about.url);
check("its octets", back.status === 200 && Buffer.compare(Buffer.from(await back.arrayBuffer()),
	Buffer.from(bytes)) === 0, back.status);
check("deleted", (await api.deleteMedia(upload.id, phoneId)).success === true);
refused("and gone", 100, await api.retrieveMedia(upload.id));

// ---- signatures ----

const before = heard.length;
ctl("sign", "bad", "count", "1");
ctl("set", "retry=20");
ctl("in", to.phone, "text", "firma sbagliata");
await hears("a post refused for its signature comes again", (h) => h.message?.text?.body === "firma sbagliata");
check("the library had refused it", forged === 1, forged);
check("and heard it once",
	heard.slice(before).filter((h) => h.message?.text?.body === "firma sbagliata").length === 1);

// ---- what the simulator kept ----

const kept = lines("sent");
check("the texts are kept as they were", kept[0]?.text === "Buongiorno è però 🚧" && kept[0].opaque === "d:1042",
	kept[0]);
check("a template with its text filled in",
	kept.some((x) => x.text === "Allerta Arancione\nIl Comune avvisa: Temporali forti, dalle ore 18:00 di oggi."), kept);
const stats = lines("stats")[0];
check("every code is counted", ["132000", "132018", "132001", "131056", "190",
	"33"].every((code) => stats.codes[code] >= 1), stats.codes);
server.closeAllConnections();
server.close();
