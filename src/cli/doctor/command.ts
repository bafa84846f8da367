import type { Command } from 'commander';
import type { CommandContext } from '../cli-io.js';
import { printFinding } from './finding.js';

/** `phonegate doctor` */
export function addDoctorCommand(program: Command, { io, printLine, fail }: CommandContext): void {
  program
    .command('doctor')
    .description('check everything that a login needs, and say how to fix each problem; exit with 1 if there is one')
    .option('--json', 'print the findings as one JSON array')
    .action(async ({ json }: { json?: true }) => {
      const { runDoctor } = await import('./doctor.js'); // imports most modules; other commands start faster without it
      const findings = await runDoctor({ env: io.env, envFile: io.envFile });
      if (json) printLine(JSON.stringify(findings, null, 2));
      else for (const finding of findings) printLine(printFinding(finding));
      if (findings.some(({ level }) => level === 'problem')) fail();
    });
}
