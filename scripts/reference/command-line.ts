import { runCommandLine } from '../../src/cli/command-line.js';
import { head } from './markdown.js';

/** Every command, as `--help` shows it. */
export async function printCommandLine(): Promise<string> {
  return [
    head(
      'Command line',
      'Every command of `phonegate`, as `--help` shows it. [Doctor and command line](../operations/command-line.md) explains how to run them.',
    ),
    ...(await printCommand([])),
  ].join('\n');
}

async function printCommand(path: string[]): Promise<string[]> {
  const help = await helpOf(path);
  const name = ['phonegate', ...path].join(' ');
  // A command that does not exist shows the help of the one above it, and would never end.
  if (!help.startsWith(`Usage: ${name} `)) throw new Error(`${name} has no help of its own:\n${help}`);
  const subcommands = [...(/^Commands:\n([\s\S]*)/m.exec(help)?.[1] ?? '').matchAll(/^ {2}([a-z-]+)/gm)]
    .map(([, command]) => String(command))
    .filter((command) => command !== 'help');
  return [
    `## ${name}\n`,
    `\`\`\`text\n$ ${name} --help\n${help.trimEnd()}\n\`\`\`\n`,
    ...(await Promise.all(subcommands.map((command) => printCommand([...path, command])))).flat(),
  ];
}

async function helpOf(path: string[]): Promise<string> {
  let written = '';
  await runCommandLine([...path, '--help'], {
    env: {},
    stdin: (async function* nothing() {})(),
    write: (text) => void (written += text),
    drain: async () => {},
    writeError: (text) => void (written += text),
    terminal: { isTTY: false, write: () => true },
  });
  return written;
}
