// Writes the software bill of materials of the gateway: every package that it installs or that its pages contain, in the
// format CycloneDX. Usage: npm run sbom -- phonegate.cdx.json
import '../bin/require-node.mjs';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(import.meta.dirname, '..');
/** The build copies these packages into the pages, so they are devDependencies. */
const IN_PAGES = ['@phonegate/client', '@phonegate/react', 'preact'];

/** @returns the bill of materials, or a sentence with what is wrong. */
export function makeSbom() {
  const { stdout, stderr, error } = spawnSync(
    'npm',
    ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  let sbom;
  try {
    sbom = JSON.parse(stdout);
  } catch {
    return `npm sbom printed no JSON: ${error?.message ?? stderr}`;
  }
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const installed = findInstalled(packages);
  const components = sbom.components.filter((component) => installed.has(component['bom-ref']));
  const listed = new Set(components.map((component) => component['bom-ref']));
  const missing = [...installed].filter((ref) => !listed.has(ref));
  if (missing.length > 0) return `npm sbom did not list ${missing.join(', ')}.`;
  const own = sbom.metadata.component;
  const dependencies = sbom.dependencies
    .filter(({ ref }) => ref === own['bom-ref'] || listed.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => listed.has(one)) }));
  // npm names it after the folder of the clone.
  const metadata = { ...sbom.metadata, component: { ...own, name: packages[''].name } };
  return { ...sbom, metadata, components, dependencies };
}

/**
 * The packages of `npm ci --omit=dev` on any platform, and those in the pages, as `name@version`. The option `--omit` of
 * `npm sbom` also leaves out a dependency that is a devDependency of another package of this repository.
 */
function findInstalled(packages) {
  const found = new Set();
  const queue = [...Object.keys(packages[''].dependencies), ...IN_PAGES].map((name) => `node_modules/${name}`);
  for (const path of queue) {
    const { link, resolved, ...entry } = packages[path];
    const { version, dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = link
      ? packages[resolved]
      : entry;
    found.add(`${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`);
    // The pages have Preact in place of the React that the peer dependency of our own package names.
    const peers = link
      ? []
      : Object.keys(peerDependencies ?? {}).filter((name) => !peerDependenciesMeta?.[name]?.optional);
    for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
      const next = resolve(name, path, packages);
      if (next !== undefined && !queue.includes(next)) queue.push(next);
    }
  }
  return found;
}

/** The path of a package, as Node.js finds it from the path of another. */
function resolve(name, from, packages) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[path]) return path;
    if (folder === '') return undefined;
  }
}

export const writeSbom = (path, sbom) => writeFileSync(path, `${JSON.stringify(sbom, null, 2)}\n`);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path] = process.argv.slice(2);
  const sbom = path === undefined ? 'Usage: npm run sbom -- FILE' : makeSbom();
  if (typeof sbom === 'string') {
    console.error(sbom);
    process.exitCode = 1;
  } else writeSbom(path, sbom);
}
