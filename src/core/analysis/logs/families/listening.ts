import { loose, rowsOf, type Signature } from '../signature.ts';

const ADDRESS = String.raw`(?<address>\[[0-9a-fA-F:.%]{2,60}\]|[A-Za-z0-9_*][A-Za-z0-9_.-]{0,252}|\*)?:(?<port>\d{2,5})(?![\d.:])`;
const VERB = String.raw`(?:listening|listen|serving|running|started|bound|available|accepting(?: \w{1,20})? connections|exposed)`;

const rows = rowsOf('listening', 'listening', [
  {
    pattern: loose`\b${VERB}[^\n]{0,30}? (?:on|at|in)(?: address| port| endpoint| host)?[ =:]{1,3}["'\[]?(?:[a-z]{2,10}://)?${ADDRESS}`,
    anchors: ['listen', 'serving', 'running', 'started', 'bound ', 'available', 'accepting', 'exposed'],
    weight: 0.8,
  },
  {
    pattern: loose`\b(?:listening|serving|running|started|starting|ready|server)\b[^\n]{0,80}?\b(?:port|ports?\(s\))[ =:"]{1,4}["']?(?<port>\d{2,5})\b`,
    anchors: ['listening', 'serving', 'running', 'started', 'starting', 'ready', 'server'],
    weight: 0.78,
  },
  {
    pattern: loose`\b(?:listening|serving|started|running|ready|bound) on (?:port )?(?<port>\d{2,5})(?![\d.:%])`,
    anchors: ['listening on', 'serving on', 'started on', 'running on', 'ready on', 'bound on'],
    weight: 0.8,
  },
  { pattern: loose`\blistening at: (?:[a-z]{2,10}://)?${ADDRESS}`, anchors: ['listening at'], weight: 0.85, languages: ['python'] },
  {
    pattern: loose`"(?:msg|message)": ?"[^"\n]{0,60}(?:listening|listen|serving|server (?:is )?(?:started|starting|running)|starting (?:http )?server)[^"\n]{0,60}"[^\n]{0,200}?"(?:addr|address|listen|bind|endpoint|hostport)": ?"${ADDRESS}`,
    anchors: ['listen', 'serving', 'server'],
    weight: 0.84,
  },
  {
    pattern: loose`"(?:msg|message)": ?"[^"\n]{0,60}(?:listening|listen|serving|server (?:is )?(?:started|starting|running)|starting (?:http )?server)[^"\n]{0,60}"[^\n]{0,200}?"port": ?"?(?<port>\d{2,5})\b`,
    anchors: ['listen', 'serving', 'server'],
    weight: 0.84,
  },
  {
    pattern: loose`"(?:addr|address|listen|bind|endpoint|hostport)": ?"${ADDRESS}"[^\n]{0,200}"(?:msg|message)": ?"[^"\n]{0,60}(?:listening|serving|server started|starting server)`,
    anchors: ['listening', 'serving', 'server started', 'starting server'],
    weight: 0.84,
  },
  {
    pattern: loose`\bmsg="?[^"\n]{0,40}(?:listening|serving|server started|starting server)[^"\n]{0,60}"?[^\n]{0,120}?\b(?:addr|address|listen|bind|endpoint)="?${ADDRESS}`,
    anchors: ['listening', 'serving', 'server started', 'starting server'],
    weight: 0.84,
  },
  {
    pattern: loose`\bready to accept connections(?:[^\n]{0,20}port=?(?<port>\d{2,5}))?|\bready for connections[^\n]{0,120}?port: (?<listenPort>\d{2,5})|\bdatabase system is ready to accept connections`,
    anchors: ['ready to accept', 'ready for conn'],
    weight: 0.75,
  },
  {
    pattern: loose`\b(?:uvicorn running on|now listening on:?|running on|serving (?:http|https|flask app)? ?(?:on|at)) https?://${ADDRESS}`,
    anchors: ['running on', 'listening on', 'serving'],
    weight: 0.86,
  },
  { pattern: loose`\bserving http on \S{1,60} port (?<port>\d{2,5})`, anchors: ['serving http'], weight: 0.86, languages: ['python'] },
  {
    pattern: loose`\btomcat (?:started|initialized) (?:on|with) port(?:\(s\))?:? (?<port>\d{2,5})|\b(?:netty|undertow|jetty) started on port(?:\(s\))?:? (?<startedPort>\d{2,5})`,
    anchors: ['tomcat ', 'netty started', 'undertow started', 'jetty started'],
    weight: 0.88,
    languages: ['java'],
  },
  {
    pattern: loose`\bstarting protocolhandler \["[a-z]{2,8}-\w{2,8}-(?:[\d.]{7,15}-)?(?<port>\d{2,5})"`,
    anchors: ['protocolhandler'],
    weight: 0.88,
    languages: ['java'],
  },
  {
    pattern: loose`\bresuming normal operations|\bstart worker process(?:es)?\b`,
    anchors: ['resuming normal', 'start worker'],
    weight: 0.5,
  },
]);

/** What a server says when it is up; level `info`. */
export const listeningSignatures: Signature[] = rows.map((row) => ({ ...row, level: 'info' as const }));
