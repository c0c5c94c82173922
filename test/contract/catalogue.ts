/** Where a fault of the catalogue is tested: a file, and a part of the name of the test in it; or why it does not apply. */
export type Proof = { file: string; test: string } | { reason: string };

const proof = (file: string, test: string): Proof => ({ file: `test/${file}.test.ts`, test });
const unit = (file: string, test: string) => proof(`unit/${file}`, test);
const integration = (file: string, test: string) => proof(`integration/${file}`, test);
const contract = (file: string, test: string) => proof(`contract/${file}`, test);
const e2e = (file: string, test: string) => proof(`e2e/${file}`, test);
const browser = (file: string, test: string): Proof => ({ file: `test/browser/${file}.browser.ts`, test });
const because = (reason: string): Proof => ({ reason });

/** The rows of the catalogue of faults, by their numbers. */
export const CATALOGUE: Readonly<Record<number, readonly Proof[]>> = {
  // HTTP and content
  1: [e2e('cli', 'stops at once when the key is refused, after one request')],
  2: [integration('sync', 'stops at once when the key is refused in its midst')],
  3: [e2e('cli', 'exits 1 with a partial run when one resource is refused')],
  4: [integration('sync', 'asks once for the messages of a chat that is gone')],
  5: [integration('sync', 'takes a list that is not there for a failure')],
  6: [integration('client', 'what would only fail again is asked for once')],
  7: [integration('standing-back', 'for as long as Retry-After says')],
  8: [unit('backoff', 'with the Date header'), integration('standing-back', 'up to a day; a longer wait is a failure')],
  9: [integration('standing-back', 'for the shortest window, then twice as long')],
  10: [integration('standing-back', 'a 429 makes everybody stand back, and is asked again')],
  11: [integration('client', 'what goes wrong once is asked for again')],
  12: [
    integration('client', 'until a tenth of what the longest window allows is spent on it'),
    integration('sync', 'ends after a few requests when nothing is answered'),
  ],
  13: [integration('client', 'not while it is stopped')],
  14: [integration('connecting', 'row 14: that lets connections hang')],
  15: [integration('client', 'also after garbage was collected')],
  16: [integration('client', 'also after garbage was collected')],
  17: [integration('client', 'also after garbage was collected')],
  18: [integration('client', 'a body that is cut off')],
  19: [integration('client', 'a body cut in the midst of chunks')],
  20: [integration('client', 'a compressed body that is cut off, and inflates all the same')],
  21: [integration('client', 'a compressed body that is not compressed')],
  22: [integration('client', 'an answer larger than it may be'), integration('sync', 'takes answers that are too large in halves')],
  23: [integration('client', 'a page instead of data')],
  24: [integration('client', 'an answer with nothing in it'), integration('absence', 'nothing is marked')],
  25: [integration('client', 'a message instead of data')],
  26: [integration('connecting', 'row 26: JSON that is called something else')],
  27: [integration('client', 'in UTF-8 with a byte order mark and bytes that are none')],
  28: [integration('client', 'a redirect to another host, which never hears of the key')],
  29: [integration('client', 'a redirect to the same host'), integration('client', 'a redirect to a file')],
  30: [integration('client', 'on a new connection when the source closes an old one')],
  31: [
    integration('connecting', 'row 31: whose name nobody knows'),
    integration('client', 'says nothing secret, personal or received in any error'),
  ],
  32: [
    integration('connecting', 'row 32: with a certificate that %s is not told anything'),
    e2e('doctor', 'row 32: an API whose certificate %s'),
    unit('config', 'row 32: that would let anybody pose as the API are refused'),
  ],
  33: [integration('client', 'headers that are too large')],
  34: [unit('record', 'the shape of a document'), integration('readings', 'two nights end with the account in the warehouse')],
  35: [unit('record', 'duplicates in one answer')],
  36: [unit('record', 'are not trusted where the API repeats them')],
  37: [unit('record', 'is kept aside, the others go on'), integration('hostile-records', 'hostile records each is stored or kept aside')],
  38: [unit('record', 'records that are not what was asked for')],
  39: [unit('record', 'the account')],
  40: [
    integration('sync', 'misses none of those that were there when it began'),
    unit('pages', 'loses nothing that stays in the list while others'),
  ],
  41: [unit('pages', 'ends when the source ignores')],
  42: [unit('pages', 'ends when the source ignores')],
  43: [integration('whole', 'a list of chats that is cut without a word')],
  44: [integration('whole', 'that counts more than is listed is looked into once'), integration('reconcile', 'reconcile')],
  45: [integration('sync', 'follow the account night after night')],
  46: [integration('absence', 'what a whole list does not have any more')],
  47: [unit('coerce-instants', 'is not a time')],
  48: [unit('coerce-instants', 'does not exist')],
  49: [integration('readings', 'two nights end with the account in the warehouse'), integration('whole', 'days being')],
  50: [integration('copy', 'hostile texts'), integration('hostile-records', 'hostile records each is stored or kept aside')],
  51: [integration('copy', 'longer texts than a chunk of COPY'), integration('runs', 'of which the database refuses some rows')],
  52: [
    integration('unknown-words', 'row 52: words that the documentation does not know are stored'),
    integration('unknown-words', 'row 52: the views count them as what is not known'),
    because('what is told of such words is a row of chatrhub_bi.data_quality with their number and samples, not a warning in each run'),
  ],
  53: [unit('drift', 'attributes that no column takes'), unit('coerce', 'booleans'), unit('record-hostile', 'whatever JSON comes')],
  54: [unit('record-hostile', 'levels of nesting cost'), unit('record-values', 'a hostile key "__proto__" changes nothing')],
  55: [
    unit('record-hostile', 'are in no row and in nothing that is kept aside, at any depth'),
    integration('raw', 'secrets and personal data'),
  ],
  56: [unit('backoff', 'with the Date header')],

  // PostgreSQL
  57: [
    e2e('database', 'is not up yet, waits for it and asks the source for nothing'),
    e2e('cli', 'says what to do when the database cannot be used'),
  ],
  58: [e2e('cli', 'says what to do when the database cannot be used'), e2e('cli', 'names all wrong settings at once')],
  59: [integration('server-down', 'is restarted')],
  60: [
    integration('server-down', 'is killed, and started again'),
    e2e('database', 'is the embedded one and is killed in its midst, starts it again'),
  ],
  61: [integration('outage', 'when the server ends all its sessions'), integration('database', 'whose connection is cut %s is run again')],
  62: [integration('outage', 'when connections are cut at a commit, which has gone through')],
  63: [integration('outage', 'when all its connections are half open')],
  64: [integration('database', 'that meets a deadlock is run again')],
  65: [
    integration('refusing-database', 'has a table that somebody has locked does not hang'),
    integration('database', 'that somebody keeps from a table'),
  ],
  66: [
    integration('refusing-database', 'takes too long over an answer as a whole, and not over each half'),
    integration('refusing-database', 'takes too long over one table'),
    integration('database', 'that takes too long is tried once more'),
  ],
  67: [
    integration('full-disk', 'row 67: a sync whose database has a full disk'),
    because('the disk is one that is full where the tests may mount one (root on Linux), elsewhere the error of one: the test says which'),
  ],
  68: [e2e('database', 'only reads, is refused before anything is asked')],
  69: [e2e('database', 'gives its user too few rights, names what is lacking')],
  70: [integration('database', 'is waited for, and asked again when there is one')],
  71: [
    e2e('database', 'row 71: killed in the midst of a statement'),
    e2e('failpoints', 'at every step between two effects, by'),
    integration('migrate', 'is all or nothing'),
  ],
  72: [integration('migrate', 'is done once, by eight processes at the same time')],
  73: [
    integration('migrate', 'a migration that was edited after it had been applied'),
    integration('migrate', 'a database that is newer than this version'),
    integration('migrate', 'a migration dated before the one it follows'),
  ],
  74: [integration('database', 'that caught an error of its own and went on is no success')],
  75: [integration('runs', 'of which the database refuses some rows loses just those')],
  76: [unit('record', 'duplicates in one answer')],
  77: [integration('load', 'takes 20,000 rows at once')],
  78: [integration('owner-settings', 'syncs, refreshes what is stored, and erases')],
  79: [
    because(
      'the whole suite runs on the PostgreSQL it is given (TEST_DATABASE_URL, TEST_POSTGRES_IMAGE): continuous integration does on 15 and 18',
    ),
  ],
  80: [
    integration('erase', 'row 80: is erased again when a backup brings the person back'),
    because('what says how far the copy is lies in the same database as the copy, and is restored with it'),
  ],

  // Process, time, concurrency
  81: [e2e('cli', 'while it waits for the budget ends it at once')],
  82: [integration('permits', 'lets a request that is under way come in'), e2e('failpoints', 'at every step between two effects, by')],
  83: [
    integration('failpoints', 'runs lose nothing, double nothing and send nothing unnoticed'),
    e2e('failpoints', 'at every step between two effects, by'),
  ],
  84: [e2e('cli', 'that runs out of memory is recovered from by the next one'), e2e('failpoints', 'at every step between two effects, by')],
  85: [
    integration('schedule', 'is one run when two processes see it'),
    e2e('schedule', 'runs each slot once, with two processes that are killed at random'),
  ],
  86: [e2e('processes', 'four processes on one key'), integration('backfill', 'two backfills and a sync at once')],
  87: [
    e2e('frozen', 'while another one takes its place writes nothing over newer work'),
    integration('permits', 'a process that stood still after its grant'),
  ],
  88: [integration('schedule', 'that was missed is caught up once after the start, however many were missed')],
  89: [integration('schedule', 'that comes while the sync of the one before is under way is skipped, and not made up for')],
  90: [unit('slots', 'runs exactly once on every local day, wherever and whenever')],
  91: [
    integration('ledger', 'is committed with its deadline, by the clock of the database'),
    integration('permits', 'a process that stood still after its grant'),
  ],
  92: [integration('ledger-properties', 'no window holds more than its limit')],
  93: [unit('period', 'days'), unit('plan', 'leaves no day out and asks for none twice')],
  94: [integration('sync', 'copies an empty account')],
  95: [e2e('backfill', '--dry-run says what it would take'), unit('forecast', 'the lower bound')],
  96: [e2e('cli', 'goes on when nobody reads what it says any more')],
  97: [integration('schedule', 'ends with an error when its sync does not move, and nothing is waited for')],
  98: [
    integration('changed-range', 'row 98: a backfill whose range changes between two runs'),
    integration('changed-range', 'row 98: a SYNC_START_DATE that changes between two syncs'),
  ],

  // Security and privacy
  99: [
    e2e('secrets', 'row 99: key and passwords'),
    unit('logger', 'row 99: holds no secret, by value in any form or by name'),
    // Every test that gives a database back is one.
    integration('leaks', 'row 99: a test that leaves one fails'),
    integration('leaks', 'row 99: a secret in any column of any table of ours'),
  ],
  100: [e2e('cli', 'row 100: refuses a key given as a flag without repeating it')],
  101: [e2e('doctor', 'row 101: a key file that others may read is told')],
  102: [unit('config', 'is refused with what was expected'), unit('config', 'in a file that holds %j is refused and not quoted')],
  103: [
    e2e('secrets', 'row 103: printed settings and pools show neither key nor password'),
    e2e('secrets', 'row 103: an error of the database holds no data'),
  ],
  104: [
    integration('hostile-names', 'row 104: attributes with hostile names'),
    e2e('arguments', 'row 104: an argument that is no day, name or number'),
    integration('hostile-records', 'hostile records each is stored or kept aside'),
    integration('allowed', 'only declared reads leave'),
  ],
  105: [integration('allowed', 'is refused before anything is granted or sent')],
  106: [integration('allowed', 'is refused before anything is granted or sent')],
  107: [unit('config', 'is refused with what was expected')],
  108: [unit('logger', 'holds no line that it was given, and nothing a terminal obeys')],
  109: [
    browser('status-page', 'shows what the source calls things as text'),
    integration('report', 'shows names as text, whatever they are'),
  ],
  110: [
    e2e('arguments', 'row 110: no command offers CSV or a spreadsheet'),
    because('the page of report is the only export, HTML whose texts are escaped (row 109): analysts read tables'),
  ],
  111: [
    integration('roles', 'row 111: chatrhub_analyst reads chatrhub'),
    integration('roles', 'row 111: none of these roles reads nothing at all'),
  ],
  112: [integration('roles', 'row 112: chatrhub_loader syncs')],
  113: [integration('erase', 'row 113: a person who was erased')],
  114: [
    integration('ledger', 'requests of long ago'),
    integration('erase', 'row 114: what docs/privacy.md offers for a rule of retention'),
  ],
  115: [
    contract('packages', 'row 115: what is installed'),
    because(
      'continuous integration and the image install from the lockfile alone (npm ci); asking for signatures takes the network, so no test does',
    ),
  ],
  116: [
    contract('expressions', 'row 116: regular expressions'),
    unit('long-texts', 'row 116: a text of half a million characters'),
    unit('record-values', 'a hostile key "__proto__" changes nothing'),
    unit('sanitise', 'stays a key'),
  ],
};
