import { arrow, boundary, box, svg } from './svg.js';

/** Where data passes between parties that do not trust each other. docs/security/threat-model.md has a section for each. */
export const BOUNDARIES = {
  B1: 'Clients and the gateway',
  B2: 'Providers and the gateway',
  B3: 'The user and their phone',
  B4: 'Applications, backends and the gateway',
  B5: 'PostgreSQL and the gateway',
  B6: 'Redis and the gateway',
  B7: 'The operator and admins',
  B8: 'The supply chain',
} as const;

export const drawDataFlow = (): string =>
  svg({ width: 890, height: 560, title: 'The data that crosses each trust boundary' }, [
    boundary({ x: 10, y: 20, width: 230, height: 490, title: 'Internet' }),
    boundary({ x: 310, y: 20, width: 290, height: 490, title: 'Network of the operator' }),
    boundary({ x: 670, y: 20, width: 210, height: 490, title: 'Third parties' }),
    arrow(
      [
        [225, 90],
        [350, 90],
      ],
      { label: 'B1 GraphQL', both: true },
    ),
    arrow(
      [
        [225, 205],
        [350, 205],
      ],
      { label: 'B4 tokens', both: true },
    ),
    arrow(
      [
        [225, 330],
        [275, 330],
        [275, 240],
        [350, 240],
      ],
      { label: 'B1 any request', at: [275, 285] },
    ),
    arrow(
      [
        [550, 85],
        [690, 85],
      ],
      { label: 'B2 phone, code', at: [625, 85] },
    ),
    arrow(
      [
        [690, 115],
        [550, 115],
      ],
      { label: 'B2 webhooks', at: [625, 115] },
    ),
    arrow(
      [
        [850, 100],
        [866, 100],
        [866, 535],
        [130, 535],
        [130, 490],
      ],
      { label: 'B3 messages', at: [455, 535], both: true },
    ),
    arrow(
      [
        [690, 400],
        [640, 400],
        [640, 220],
        [550, 220],
      ],
      { label: 'B8 packages', at: [640, 310] },
    ),
    arrow(
      [
        [385, 260],
        [385, 330],
      ],
      { label: 'B5 rows', both: true },
    ),
    arrow(
      [
        [525, 260],
        [525, 330],
      ],
      { label: 'B6 wake-ups', both: true, dashed: true },
    ),
    arrow(
      [
        [455, 430],
        [455, 260],
      ],
      { label: 'B7 settings, admin API', at: [455, 412] },
    ),
    box({
      x: 25,
      y: 50,
      width: 200,
      height: 80,
      title: 'Client',
      lines: ['browser or app', 'of a user'],
      colour: 'brown',
    }),
    box({ x: 25, y: 165, width: 200, height: 80, title: 'Application', lines: ['and its backends'], colour: 'brown' }),
    box({
      x: 25,
      y: 290,
      width: 200,
      height: 80,
      title: 'Attacker',
      lines: ['with any client, phone', 'and many addresses'],
      colour: 'red',
    }),
    box({
      x: 25,
      y: 410,
      width: 200,
      height: 80,
      title: "The user's phone",
      lines: ['code, QR code, message'],
      colour: 'brown',
    }),
    box({
      x: 350,
      y: 60,
      width: 200,
      height: 200,
      title: 'Phonegate',
      lines: ['behind a proxy', 'for TLS'],
      colour: 'green',
    }),
    box({ x: 325, y: 330, width: 120, height: 60, title: 'PostgreSQL', colour: 'blue' }),
    box({ x: 465, y: 330, width: 120, height: 60, title: 'Redis', colour: 'blue' }),
    box({
      x: 325,
      y: 430,
      width: 260,
      height: 64,
      title: 'Operator and admins',
      lines: ['environment, command line, logs'],
      colour: 'violet',
    }),
    box({
      x: 690,
      y: 60,
      width: 160,
      height: 80,
      title: 'Providers',
      lines: ['and mobile networks'],
      colour: 'violet',
    }),
    box({
      x: 690,
      y: 365,
      width: 160,
      height: 70,
      title: 'npm, GitHub',
      lines: ['packages, releases'],
      colour: 'grey',
    }),
  ]);
