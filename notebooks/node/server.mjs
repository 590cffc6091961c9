// Serves one picture as a page: Python makes it small, Node hands it out.
//
//   node server.mjs photo.jpg --size 480
//   python draw.py | node server.mjs - --raw 320x240x3
//
// Everything after the file goes to `imgdisplay uri`. PORT says where to listen; IMGDISPLAY
// names the command if it is not on the PATH.

import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { basename } from "node:path";
import { buffer } from "node:stream/consumers";

const [file, ...options] = process.argv.slice(2);
if (file === undefined) {
  console.error("usage: node server.mjs FILE|- [options of imgdisplay uri]");
  process.exit(2);
}
const command = process.env.IMGDISPLAY ?? "imgdisplay";
const input = file === "-" ? await buffer(process.stdin) : ""; // can be read only once
const name = file === "-" ? "picture" : basename(file);

/** Ask imgdisplay for {uri, width, height, …}. No shell reads the name of the file. */
function picture() {
  const settings = { maxBuffer: 64 * 2 ** 20, timeout: 30_000 };
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      ["uri", "--json", ...options, "--", file],
      settings,
      (error, stdout, stderr) => {
        if (error) reject(new Error(stderr.trim() || error.message));
        else resolve(JSON.parse(stdout));
      },
    );
    child.stdin.on("error", () => {}); // it may end before it has read everything
    child.stdin.end(input);
  });
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escape = (text) => text.replace(/[&<>"]/g, (mark) => ENTITIES[mark]);

function page({ uri, width, height }) {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escape(name)}</title>
<img src="${escape(uri)}" width="${width}" height="${height}" alt="${escape(name)}">
</html>
`;
}

const HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": "default-src 'none'; img-src data:",
  "X-Content-Type-Options": "nosniff",
};

const server = createServer(async (request, response) => {
  if (request.url !== "/" || request.method !== "GET") {
    response.writeHead(404, HEADERS).end("<!doctype html><title>Not found</title>\n");
    return;
  }
  try {
    const html = page(await picture());
    response.writeHead(200, HEADERS).end(html);
  } catch (error) {
    console.error(error.message); // what went wrong, in one line; visitors need not know
    response.writeHead(500, HEADERS).end("<!doctype html><title>No picture</title>\n");
  }
});

// Only this machine is served. Port 0 takes one that is free.
server.listen(Number(process.env.PORT ?? 8000), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
