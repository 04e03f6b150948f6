// What libraries leave out: whole batches, order, loss, templates and their moderation, the link's effect on webhooks.
// Every signature is checked over the raw octets with Node's own HMAC. Prints "ok NAME" or "not ok NAME" lines.
// usage: node webhooks.mjs GRAPH_SIM DIR BASE_URL
import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { promisify } from "node:util";

const [sim, dir, base] = process.argv.slice(2);
const phoneId = "106300000000001", waba = "104200000000001";
const secret = (name) => readFileSync(`${dir}/${name}`, "utf8");
const ctl = async (...words) => (await promisify(execFile)(sim, ["ctl", dir, ...words],
	{ maxBuffer: 1 << 26 })).stdout;
const stats = async () => JSON.parse(await ctl("stats"));
const refuses = (...words) => ctl(...words).then(() => "", (error) => error.stderr || "failed");
const check = (name, good, said) => {
	console.log(`${good ? "ok" : "not ok"} ${name}`);
	if (!good) console.log(`# ${JSON.stringify(said)?.slice(0, 600)}`);
};
const api = async (method, path, body) => {
	const response = await fetch(path.startsWith("http") ? path : `${base}/v26.0/${path}`, { method,
		headers: { Authorization: `Bearer ${secret("token")}`, "Content-Type": "application/json" },
		body: body && JSON.stringify(body) });
	return response.json();
};
const send = (to, more) => api("POST", `${phoneId}/messages`, { messaging_product: "whatsapp", ...to, ...more });
const text = { type: "text", text: { body: "Buongiorno" } };

// ---- the receiver ----

let posts = [], answers = 200, forged = 0;
const server = createServer(async (request, response) => {
	const url = new URL(request.url, "http://localhost");
	const chunks = [];
	for await (const chunk of request) chunks.push(chunk);
	if (request.method === "GET") {
		const known = url.searchParams.get("hub.verify_token") === "altro_token";
		response.writeHead(known ? 200 : 403).end(known ? url.searchParams.get("hub.challenge") : "");
		return;
	}
	const raw = Buffer.concat(chunks);
	const mac = createHmac("sha256", secret("app-secret")).update(raw).digest("hex");
	if (request.headers["x-hub-signature-256"] !== `sha256=${mac}` ||
		/[^\x00-\x7e]/.test(raw.toString("latin1"))) forged++;
	if (answers === 200) posts.push({ length: raw.length, at: Date.now(), ...JSON.parse(raw) });
	response.writeHead(answers).end();
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const callback = `http://127.0.0.1:${server.address().port}/webhook`;

const changesOf = (post) =>
	post.entry.flatMap(({ time, changes: list }) => list.map((change) => ({ ...change, time })));
const changes = () => posts.flatMap(changesOf);
const values = (key) => changes().flatMap((change) => change.value[key] ?? []);
const until = async (test) => {
	const end = Date.now() + 10000;
	while (!test() && Date.now() < end) await new Promise((done) => setTimeout(done, 5));
	return test();
};
const anew = async (...settings) => {
	await ctl("wait", "idle");
	await ctl("reset");
	await ctl("set", "batch=50", "batch_ms=5", "merge=0", "posts=4", "retry=20", "duplicate=0", "reorder=0", "lose=0",
		"milliseconds=0", "latency=0", "sent=20", "delivered=40", "read=off", "window=off", "moderation=approve",
		"moderation_ms=5", ...settings);
	posts = [];
};

// ---- subscribing by the API ----

await ctl("reset");
await ctl("set", "callback=");
const wrong = await api("POST", `${waba}/subscribed_apps`, { override_callback_uri: callback,
	verify_token: "sbagliato" });
check("a callback that refuses the handshake is not taken", wrong.error?.code === 100, wrong);
check("nobody is subscribed", (await api("GET", `${waba}/subscribed_apps`)).data?.length === 0);
const subscribed = await api("POST", `${waba}/subscribed_apps`, { override_callback_uri: callback,
	verify_token: "altro_token" });
check("one that answers is", subscribed.success === true, subscribed);
check("and is told", (await api("GET", `${waba}/subscribed_apps`)).data?.[0]?.override_callback_uri === callback);

// ---- batches ----

await anew("batch=1000", "batch_ms=300", "posts=1");
await ctl("in", "+393460000000", "--people", "1500", "text", "è arrivata?");
check("1,500 people write", await until(() => values("messages").length === 1500), values("messages").length);
check("none twice", new Set(values("messages").map((x) => x.id)).size === 1500 &&
	new Set(values("messages").map((x) => x.from)).size === 1500);
const sizes = posts.map((post) => changesOf(post).length);
check("in batches of a thousand at most", Math.max(...sizes) === 1000, sizes);
check("of at most 3 MB", posts.every((post) => post.length < 3e6));
await anew("batch=100", "batch_ms=100", "merge=1", "posts=1");
await ctl("in", "+393460000000", "--copies", "60", "text", "ciao");
check("several messages in one value", await until(() => values("messages").length === 60) &&
	changes().length < 60, changes().length);

// ---- disorder ----

await anew("duplicate=100");
await ctl("in", "+393460000000", "--copies", "20", "text", "ciao");
check("everything twice", await until(() => values("messages").length === 40) &&
	new Set(values("messages").map((x) => x.id)).size === 20);
await anew("reorder=50", "batch=1", "reorder_ms=100");
await ctl("in", "+393460000000", "--people", "60", "text", "ciao");
await until(() => values("messages").length === 60);
const order = values("messages").map((x) => x.from);
check("out of order, all of it", order.length === 60 && order.join() !== [...order].sort().join(), order);
await anew("lose=100");
await ctl("in", "+393460000000", "text", "ciao");
check("lost", (await stats()).webhooks.updates_lost === 1 && values("messages").length === 0);
await anew("milliseconds=1");
await ctl("in", "+393460000000", "text", "ciao");
check("milliseconds", await until(() => values("messages").length === 1) &&
	Number(values("messages")[0].timestamp) > 1e12, posts);
answers = 500;
await anew();
await ctl("in", "+393460000000", "text", "ciao");
let refusals = 0;
const untilRefused = async () => { while ((refusals = (await stats()).webhooks.failed) < 2); };
await untilRefused();
check("a refused post is tried again", posts.length === 0, refusals);
answers = 200;
check("until it is taken", await until(() => values("messages").length === 1));

// ---- statuses ----

const anna = { to: "+393331234567" };
await anew("latency=400", "sent=0", "delivered=50", "batch=1");
const before = Date.now();
const answer = await send(anna, { ...text, biz_opaque_callback_data: "d:7" });
const answered = Date.now();
await until(() => values("statuses").length === 2);
const first = posts.find((post) => post.entry[0].changes[0].value.statuses?.[0]?.status === "sent");
check("a status may come before the answer", first?.at < answered && answered - before >= 400, { before,
	answered, first });
check("it has id and callback data", values("statuses").every((x) => x.id === answer.messages[0].id &&
	x.biz_opaque_callback_data === "d:7"));
check("price on sent, and once more", values("statuses").every((x) => x.pricing?.pricing_model === "PMP"),
	values("statuses"));
await anew("read=60");
await ctl("person", "+393331234567", "hidden=1", "username=annab");
await send(anna, text);
await until(() => values("statuses").length === 3);
check("who hides the number shows none", values("statuses").every((x) => !("recipient_id" in x) &&
	/^IT\./.test(x.recipient_user_id)), values("statuses"));
check("the user name comes with delivered", values("contacts").filter((x) => x.profile.username === "annab" &&
	!x.wa_id).length === 2, values("contacts"));
await anew();
await ctl("fail", "131026", "for", "+39388");
const dead = await send({ to: "+393881234567" }, text);
await send(anna, text);
await until(() => values("statuses").length === 3);
const failed = changes().find((x) => x.value.statuses?.[0]?.status === "failed")?.value;
check("a number without WhatsApp fails", failed?.statuses[0].errors[0].code === 131026 &&
	failed.statuses[0].recipient_id === "393881234567", failed);
check("without contacts and user id", failed && !failed.contacts && !failed.statuses[0].recipient_user_id, failed);
await ctl("ladder", "for", "+39377", "sent", "1", "delivered", "off");
await ctl("ladder", "for", "+39378", "sent", "off", "delivered", "off");
await send({ to: "+393771234567" }, text);
await send({ to: "+393781234567" }, text);
await send(anna, text);
check("a phone that is off", await until(() => values("statuses").length === 6) &&
	values("statuses").filter((x) => x.recipient_id === "393771234567").length === 1);
await ctl("status", dead.messages[0].id, "read");
check("a late read after failed", await until(() => values("statuses").at(-1)?.status === "read") &&
	(await stats()).statuses.read === 1);

// ---- people ----

await anew();
await ctl("in", "+393331234567", "system", "+393470000000");
await until(() => values("messages").length === 1);
const moved = values("messages")[0];
check("a changed number", moved?.system.type === "user_changed_number" &&
	moved.system.wa_id === "393470000000" && moved.from === "393331234567", moved);
check("with old and new user id, without contacts", moved?.system.previous_user_id === moved?.from_user_id &&
	moved?.system.user_id !== moved?.from_user_id && values("contacts").length === 0, moved);
await ctl("preference", "+393470000000", "stop");
await until(() => changes().some((x) => x.field === "user_preferences"));
const preference = values("user_preferences")[0];
check("marketing stopped", preference?.value === "stop" && Number.isInteger(preference.timestamp), preference);
await ctl("in", "+393470000000", "interactive-hollow");
await until(() => values("errors").length === 1);
check("an interactive without its object", values("errors")[0]?.code === 131000 &&
	values("messages").at(-1).interactive === undefined);
await ctl("in", "+393470000000", "--bsuid-in-from", "--id", "wamid.TWICE", "--copies", "2", "text", "ciao");
await until(() => values("messages").filter((x) => x.id === "wamid.TWICE").length === 2);
check("a user id as `from`, an id twice", values("messages").filter((x) => x.id === "wamid.TWICE" &&
	/^IT\./.test(x.from)).length === 2);
check("a number that is none is refused", /neither/.test(await refuses("in", "sindaco", "text", "x")));

// ---- templates ----

const body = (name, more) => ({ name, language: "it", category: "UTILITY", components: [{ type: "BODY",
	text: "Prova di allerta." }], ...more });
const events = (field) => changes().filter((x) => x.field === field);
await anew();
const made = await api("POST", `${waba}/message_templates`, body("prova"));
check("created as pending", made.status === "PENDING" && made.category === "UTILITY", made);
check("approved by webhook",
	await until(() => events("message_template_status_update")[0]?.value.event === "APPROVED"));
check("with number and time",
	Number.isInteger(events("message_template_status_update")[0]?.value.message_template_id) &&
	Number.isInteger(events("message_template_status_update")[0]?.time));
const twin = await api("POST", `${waba}/message_templates`, body("prova"));
check("not twice", twin.error?.error_subcode === 2388024, twin);
for (let i = 0; i < 11; i++) await api("POST", `${waba}/message_templates`, body(`altra_${i}`));
let page = await api("GET", `${waba}/message_templates?limit=5&fields=name,status`),
	names = page.data.map((x) => x.name), pages = 1;
while (page.paging.next) { page = await api("GET",
	page.paging.next); names.push(...page.data.map((x) => x.name)); pages++; }
check("three pages of twelve", pages === 3 && names.length === 12 && new Set(names).size === 12, { pages, names });
check("one asked for", (await api("GET", `${waba}/message_templates?name=prova&status=approved`)).data.length === 1);
await ctl("template", "prova", "pause");
check("paused", (await send(anna, { type: "template", template: { name: "prova",
	language: { code: "it" } } })).error?.code === 132015);
check("unpaused by the API", (await api("POST", `${made.id}/unpause`)).success === true);
await ctl("template", "prova:it", "recategorise", "MARKETING");
check("recategorised",
	await until(() => events("template_category_update")[0]?.value.new_category === "MARKETING") &&
	(await api("GET", `${made.id}?fields=category`)).category === "MARKETING");
await ctl("template", "prova", "archive");
check("archived", (await send(anna, { type: "template", template: { name: "prova",
	language: { code: "it" } } })).error?.code === 132001);
check("an archived one cannot be edited", (await api("POST", made.id,
	{ components: body("x").components })).error?.code === 100);
await ctl("template", "prova", "unarchive");
await ctl("set", "moderation=reject");
check("edited, under review again", (await api("POST", made.id, { category: "MARKETING",
	components: body("x").components })).success === true);
check("and rejected",
	await until(() => events("message_template_status_update").some((x) => x.value.event === "REJECTED" &&
	x.value.rejection_info)));
check("deleted", (await api("DELETE", `${waba}/message_templates?name=prova`)).success === true &&
	(await api("GET", `${made.id}`)).error?.error_subcode === 33);
await ctl("hold", "for", "+39333");
const held = await send(anna, { type: "template", template: { name: "altra_1", language: { code: "it" } } });
const free = await send({ to: "+393401234567" }, { type: "template", template: { name: "altra_1",
	language: { code: "it" } } });
check("held for some", held.messages?.[0].message_status === "held_for_quality_assessment" &&
	free.messages?.[0].message_status === "accepted", [held, free]);
await until(() => values("statuses").length === 2);
check("nothing is heard of it", values("statuses").every((x) => x.id === free.messages[0].id));
await ctl("hold", "drop");
check("until it is dropped", await until(() => values("statuses").some((x) => x.id === held.messages[0].id &&
	x.errors?.[0].code === 132015)));

// ---- the link ----

await anew();
await ctl("link", "down");
check("down: the API is out of reach", await send(anna, text).then(() => false, () => true));
await ctl("link", "down", "webhooks");
check("down for webhooks only: accepted", (await send(anna, text)).messages?.length === 1);
await ctl("in", "+393331234567", "text", "ciao");
await ctl("wait", "quiet", "80");
check("nothing is heard", posts.length === 0, posts);
await ctl("link", "up");
check("up: all of it", await until(() => values("statuses").length === 2 && values("messages").length === 1));
await anew("pair=6000", "pair_burst=2", "tier=2");
const codes = [];
for (const to of ["1", "1", "1", "2", "3"]) codes.push((await send({ to: `+39333000000${to}` },
	text)).error?.code ?? 0);
check("the pair's and the day's limit", codes.join() === "0,0,131056,0,131048", codes);
await ctl("set", "pair=0", "tier=0", "retry=200");

check("every signature was right, every octet ASCII", forged === 0, forged);
await ctl("set", "callback=");
server.closeAllConnections();
server.close();
