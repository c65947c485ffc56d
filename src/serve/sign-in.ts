// What a browser that comes without a token is shown: what to do, in a page without a script.

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>irqtwin: a link is needed</title>
<h1>A link is needed</h1>
<p>This browser may not see this irqtwin yet: links open it once, and only for the browser that opens them.</p>
<p>Print a new link where <code>irqtwin serve</code> runs, with the same timeline, and open it here:</p>
<pre><code>irqtwin serve --link --db FILE</code></pre>
<p>If the server has ended, <code>irqtwin serve --db FILE</code> starts it and prints a link.</p>
</html>
`;

/** Does it ask for a page to read? Scripts ask for JSON, or for whatever there is. */
export function wantsPage(accept: string | undefined): boolean {
  return /\btext\/html\b/.test(accept ?? "") && !/\bapplication\/json\b/.test(accept ?? "");
}

/** The page. */
export function signInPage(): string {
  return PAGE;
}
