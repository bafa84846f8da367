import pg from 'pg';
import { type DatabaseServer, type DatabaseUrl, readDatabaseUrl } from '../config/database-url.js';
import { type SilenceWatch, type WatchedConnection, countAwaitedAnswers } from './awaited-answers.js';
import { processIdOf } from './is-pooled.js';
import { READ_ONLY, type Servers, createServers } from './servers.js';

/** With several servers, one that does not answer must leave time for a connection to another. */
const PROBE_TIMEOUT_MS = 2_000;

/** The parameters that PostgreSQL 14 and later report at the start of a connection and at each change. */
const READ_ONLY_PARAMETERS = new Set(['in_hot_standby', 'default_transaction_read_only']);

type Callback = ((error: Error) => void) | ((error: null, client: pg.Client) => void);
/** `watch` drops connections that were cut without notice. */
type Watched<Config> = Config & { watch?: SilenceWatch | undefined };
export type ClientSettings = Watched<pg.ClientConfig>;
type Settings = ClientSettings & { servers?: Servers };

/** A connection to the database of a URL, which is not opened yet. */
export function createClient(url: string, settings: ClientSettings = {}): pg.Client {
  return new WritableClient(withServers(url, settings));
}

/** A pool of connections to the database of a URL. */
export function createPool(url: string, settings: Watched<pg.PoolConfig>): pg.Pool {
  return new pg.Pool({ ...withServers(url, settings), Client: WritableClient });
}

function withServers(text: string, settings: ClientSettings): Settings {
  const parsed = readDatabaseUrl(text);
  const connection = { ...settings, connectionString: parsed.url };
  const options = [settings.options, parsed.options, searchPath(parsed)].filter((option) => option !== undefined);
  if (options.length > 0) connection.options = options.join(' ');
  const probe = async (server: DatabaseServer) => {
    const client = new WritableClient({
      ...connection,
      watch: undefined,
      connectionTimeoutMillis: PROBE_TIMEOUT_MS,
      servers: createServers({ servers: [server] }, { probe: async () => {} }),
    });
    client.on('error', () => {});
    await client.connect();
    await client.end();
  };
  return { ...connection, servers: createServers(parsed, { probe }) };
}

const searchPath = ({ schema }: DatabaseUrl) => (schema === undefined ? undefined : `-c search_path="${schema}"`);

/**
 * A connection that is only useful as long as its server accepts writes: it connects to none that does not, and ends when
 * its server becomes read-only, which PostgreSQL reports with the next answer. After a failover, pools therefore keep no
 * connection to a server that is read-only. See docs/decisions/0063.
 */
class WritableClient extends pg.Client {
  private readonly servers: Servers | undefined;
  private readonly watch: SilenceWatch | undefined;
  private readonly readOnly = new Set<string>();
  private isOpen = false;

  constructor(settings: Settings = {}) {
    super(settings);
    this.servers = settings.servers;
    this.watch = settings.watch;
    this.connection.on('parameterStatus', (message: { parameterName: string; parameterValue: string }) => {
      if (!READ_ONLY_PARAMETERS.has(message.parameterName)) return;
      if (message.parameterValue === 'on') this.readOnly.add(message.parameterName);
      else this.readOnly.delete(message.parameterName);
      if (this.isOpen && this.readOnly.size > 0) this.connection.stream.destroy();
    });
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<pg.Client> | void {
    const opening = this.open();
    if (!callback) return opening;
    const report = callback as (error: unknown, client?: pg.Client) => void;
    opening.then(
      () => report(null, this),
      (error: unknown) => report(error),
    );
  }

  /** A pooler can repeat the parameters that its server had before it was promoted. */
  private async acceptsWrites(): Promise<boolean> {
    const { rows } = await super.query<{ read_only: boolean }>(
      `SELECT current_setting('transaction_read_only') = 'on' AS read_only`,
    );
    if (rows[0]?.read_only !== false) return false;
    this.readOnly.clear();
    return true;
  }

  private beWatched(): void {
    if (!this.watch) return;
    const watched: WatchedConnection = {
      processId: () => processIdOf(this),
      openedAt: performance.now(),
      waitingSince: undefined,
      drop: () => {
        this.servers?.forget();
        this.connection.stream.destroy();
      },
    };
    countAwaitedAnswers(this.connection, watched);
    this.once('end', this.watch.add(watched));
  }

  private async open(): Promise<pg.Client> {
    const server = await this.servers?.find();
    if (server?.host !== undefined) this.host = server.host;
    if (server?.port !== undefined) this.port = server.port;
    try {
      await super.connect();
      if (this.readOnly.size === 0 || (await this.acceptsWrites())) {
        this.isOpen = true;
        this.beWatched();
        return this;
      }
      await super.end();
      throw Object.assign(new Error('The server of the database is read-only'), { code: READ_ONLY });
    } catch (error) {
      this.servers?.forget();
      throw error;
    }
  }
}
