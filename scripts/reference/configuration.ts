import type { Variable } from '../../src/config/variable.js';
import { VARIABLES } from '../../src/config/variables.js';
import { capitalised, head } from './markdown.js';

export function printConfiguration(): string {
  return [
    head(
      'Configuration',
      'Every environment variable that the gateway and the program `phonegate` read. An empty variable counts as unset. Both also read the file `.env` in the folder in which they run. [Configuration](../operations/configuration.md) explains how to set them.',
    ),
    ...Object.entries(VARIABLES).flatMap(([group, variables]) => [
      `## ${group}\n`,
      ...Object.entries(variables).map(([name, variable]) => printVariable(name, variable)),
    ]),
  ].join('\n');
}

function printVariable(
  name: string,
  { meaning, unit, range, values, form, secret, fallback, unset }: Variable,
): string {
  const numbers = range && `${range[0].toLocaleString('en')} to ${range[1].toLocaleString('en')}`;
  const facts = [
    fallback === undefined ? ['When unset', unset] : ['Default', `\`${fallback}\``],
    ['Unit', unit],
    ['Allowed', numbers ?? values?.map((value) => `\`${value}\``).join(', ')],
    ['Form', form],
    ['From a file', secret && `\`${name}_FILE\` names a file that contains the value.`],
  ];
  return [
    `### \`${name}\`\n`,
    `${meaning}\n`,
    ...facts.flatMap(([title, fact]) => (fact ? [`- **${title}**: ${capitalised(fact)}`] : [])),
    '',
  ].join('\n');
}
