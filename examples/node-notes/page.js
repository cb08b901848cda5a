const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

const escaped = (text) => text.replace(/[&<>"']/g, (character) => ENTITIES[character]);

const item = ({ body, words }) => `<li>${escaped(body)} (${words === null ? "counting" : `${words} words`})</li>`;

/** Return the page with the notes and the last summary. */
export const page = ({ notes, summary }) => `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Notes</title></head>
  <body>
    <h1>Notes</h1>
    <form method="post">
      <label>New note <input name="body" required maxlength="500"></label>
      <button>Write</button>
    </form>
    <ul>
      ${notes.map(item).join("\n      ") || "<li>No notes yet.</li>"}
    </ul>
    <p>${summary ? `Summary: ${summary.notes} notes at ${summary.made.toISOString()}` : "No summary yet."}</p>
  </body>
</html>
`;
