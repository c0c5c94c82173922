// Writes npm-shrinkwrap.json: package-lock.json without what only development needs. In the package it makes `npm install --global` take
// the very versions that were tested; here it would hide the rest from `npm ci`, so that `postpack` removes it.
// What is optional is left out as well, as npm would install its binaries for every system there is; it can be installed beside.
import { readFileSync, writeFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const { devDependencies, optionalDependencies, ...root } = lock.packages[''];
const ofUsers = Object.entries(lock.packages).filter(([path, { dev, devOptional, optional }]) => path && !dev && !devOptional && !optional);
writeFileSync('npm-shrinkwrap.json', `${JSON.stringify({ ...lock, packages: { '': root, ...Object.fromEntries(ofUsers) } }, null, 2)}\n`);
