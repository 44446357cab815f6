// The engine's API: questions, and the stream of what happens.

/** What a question comes to that the browser could not ask, or whose answer breaks off: why somebody has given it up, or that nobody is there. */
const broken = (signal) => () => {
  throw signal?.aborted ? signal.reason : new Error("Nobody answers at this address.");
};

/** Asks for `path`; throws an Error that says what to do. A token, where one is needed, the browser has asked for. */
export async function ask(path, options = {}) {
  const answer = await fetch(`api/v1/${path}`, options).catch(broken(options.signal));
  if (answer.status === 401) throw new Error("This engine wants a token: load the page again and give it as the password.");
  if (!answer.ok) {
    const { detail } = await answer.json().catch(() => ({}));
    throw new Error(detail ?? `The engine answers ${answer.status} to ${path}.`);
  }
  return answer;
}

/** Reads every page of a list, up to `most` entries. */
export async function pages(path, list, most) {
  const found = [];
  let after = "";
  do {
    const page = await (await ask(`${path}${after}`)).json();
    found.push(...page[list]);
    after = page.next ? `${path.includes("?") ? "&" : "?"}after=${encodeURIComponent(page.next)}` : "";
  } while (after && found.length < most);
  return found;
}

/** Follows the stream until it breaks: `hear(event, data)` for each event. */
export async function follow(hear, signal) {
  const reader = (await ask("stream", { signal })).body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value: chunk, done } = await reader.read().catch(broken(signal));
    if (done) throw new Error("The stream ended.");
    const events = (rest + chunk).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const lines = event.split("\n");
      const field = (name) => lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trimStart());
      const data = field("data").join("\n");
      if (data) hear(field("event")[0] ?? "message", JSON.parse(data));
    }
  }
}
