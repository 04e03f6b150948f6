// The console's API as the pages use it: JSON in and out, the session's token with everything that changes something.
let csrf = "";

export class Refusal extends Error {
	constructor(status, code, text) {
		super(text);
		this.status = status;
		this.code = code;
	}
}

async function ask(method, path, body, poll) {
	const headers = {};
	if (body !== undefined) headers["Content-Type"] = "application/json";
	if (method !== "GET" && csrf) headers["X-CSRF-Token"] = csrf;
	if (poll) headers["X-Banditore-Poll"] = "1";
	const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
	const json = await answer.json();
	if (!answer.ok) throw new Refusal(answer.status, json.error.code, json.error.text);
	if (json.csrf !== undefined || json.logged_in === false) csrf = json.csrf ?? "";
	return json;
}

export const get = (path) => ask("GET", path);
export const poll = (path) => ask("GET", path, undefined, true);
export const post = (path, body = {}) => ask("POST", path, body);
export const remove = (path) => ask("DELETE", path);
