import { arrow, box, svg } from './svg.js';

/** The gateway and what is around it. */
export const drawArchitecture = (): string =>
  svg({ width: 860, height: 430, title: 'The gateway and what is around it' }, [
    arrow(
      [
        [190, 84],
        [330, 84],
      ],
      { label: 'GraphQL', both: true },
    ),
    arrow(
      [
        [530, 84],
        [660, 84],
      ],
      { label: 'codes' },
    ),
    arrow(
      [
        [660, 116],
        [530, 116],
      ],
      { label: 'webhooks' },
    ),
    arrow(
      [
        [755, 140],
        [755, 300],
      ],
      { label: 'WhatsApp, SMS', both: true },
    ),
    arrow(
      [
        [380, 150],
        [380, 300],
      ],
      { label: 'state', both: true },
    ),
    arrow(
      [
        [480, 150],
        [480, 300],
      ],
      { label: 'changes', both: true, dashed: true },
    ),
    arrow(
      [
        [105, 140],
        [105, 300],
      ],
      { label: 'access token' },
    ),
    arrow(
      [
        [190, 318],
        [250, 318],
        [250, 118],
        [330, 118],
      ],
      { label: 'public keys', at: [250, 215] },
    ),
    box({
      x: 20,
      y: 60,
      width: 170,
      height: 80,
      title: 'Browser or app',
      lines: ['login page, client,', 'or your own'],
      colour: 'brown',
    }),
    box({
      x: 330,
      y: 50,
      width: 200,
      height: 100,
      title: 'Phonegate',
      lines: ['one or more instances', 'GraphQL, REST, pages'],
      colour: 'green',
    }),
    box({
      x: 660,
      y: 60,
      width: 190,
      height: 80,
      title: 'Providers',
      lines: ['Green API, Kavenegar,', 'Melipayamak'],
      colour: 'violet',
    }),
    box({
      x: 20,
      y: 300,
      width: 170,
      height: 80,
      title: 'Your backends',
      lines: ['JWKS or forward-auth'],
      colour: 'brown',
    }),
    box({ x: 305, y: 300, width: 130, height: 80, title: 'PostgreSQL', lines: ['the truth'], colour: 'blue' }),
    box({ x: 450, y: 300, width: 130, height: 80, title: 'Redis', lines: ['optional'], colour: 'blue' }),
    box({ x: 660, y: 300, width: 190, height: 80, title: "The user's phone", colour: 'brown' }),
  ]);

/** The layers of src/, from the top. test/docs/diagrams.test.ts compares them with those that the architecture test keeps. */
export const LAYERS: readonly (readonly string[])[] = [
  ['main', 'serve', 'shutdown', 'welcome'],
  ['gateway'],
  ['http', 'graphql', 'cli'],
  ['modules'],
  ['account', 'admin', 'maintenance'],
  ['login'],
  ['delivery', 'sessions', 'users', 'guard'],
  ['events', 'realtime', 'phone', 'db', 'config', 'locales'],
];

const WIDTH = 860;
const GAP = 16;
const STEP = 74;

export const drawModules = (): string =>
  svg({ width: WIDTH, height: LAYERS.length * STEP, title: 'The modules of src/, in layers. Imports point down.' }, [
    ...LAYERS.slice(1).map((_, index) =>
      arrow([
        [WIDTH / 2, index * STEP + 52],
        [WIDTH / 2, (index + 1) * STEP + 8],
      ]),
    ),
    ...LAYERS.flatMap((modules, layer) => {
      const width = Math.min(180, (WIDTH - GAP * (modules.length + 1)) / modules.length);
      const left = (WIDTH - modules.length * width - (modules.length - 1) * GAP) / 2;
      return modules.map((title, index) =>
        box({
          x: Math.round(left + index * (width + GAP)),
          y: layer * STEP + 8,
          width: Math.round(width),
          height: 44,
          title,
          colour: layer < 4 ? 'violet' : layer < 6 ? 'green' : layer < 7 ? 'blue' : 'grey',
        }),
      );
    }),
  ]);

/** The states of a login attempt. */
export const drawAttempt = (): string =>
  svg({ width: 860, height: 380, title: 'The life of a login attempt' }, [
    arrow(
      [
        [95, 80],
        [95, 24],
        [765, 24],
        [765, 80],
      ],
      { label: 'right code', at: [430, 24] },
    ),
    arrow(
      [
        [170, 104],
        [470, 104],
      ],
      { label: 'WhatsApp message', at: [320, 104] },
    ),
    arrow(
      [
        [130, 128],
        [130, 202],
        [200, 202],
      ],
      { label: 'WhatsApp message, confirm', at: [168, 166] },
    ),
    arrow(
      [
        [360, 202],
        [540, 202],
        [540, 128],
      ],
      { label: 'number from the screen', at: [452, 202] },
    ),
    arrow(
      [
        [610, 104],
        [695, 104],
      ],
      { label: 'claim' },
    ),
    arrow(
      [
        [60, 128],
        [60, 314],
      ],
      { label: 'time over, canceled, failed', at: [112, 258] },
    ),
    arrow(
      [
        [280, 226],
        [280, 314],
      ],
      { label: 'time over, NO, failed', at: [300, 270] },
    ),
    arrow(
      [
        [580, 128],
        [580, 314],
      ],
      { label: 'time over, canceled', at: [600, 258] },
    ),
    box({ x: 20, y: 80, width: 150, title: 'PENDING', colour: 'blue' }),
    box({ x: 200, y: 178, width: 160, title: 'CONFIRMING', colour: 'blue' }),
    box({ x: 470, y: 80, width: 140, title: 'COMPLETED', colour: 'green' }),
    box({ x: 695, y: 80, width: 140, title: 'CLAIMED', colour: 'green' }),
    box({ x: 20, y: 314, width: 660, title: 'EXPIRED · CANCELED · FAILED', colour: 'red' }),
  ]);
