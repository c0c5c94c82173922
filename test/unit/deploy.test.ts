import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const deploy = readdirSync(new URL('../../docs/deploy', import.meta.url), { recursive: true, encoding: 'utf8' }).sort();
const ofKind = (end: RegExp) => deploy.filter((name) => end.test(name)).map((name) => `docs/deploy/${name}`);
const { version } = JSON.parse(read('package.json'));

const isInstalled = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

/** What a service has to give up. Without systemd-analyze, these lines stand for its verdict. */
const HARDENED = [
  'DynamicUser=yes',
  'UMask=0077',
  'NoNewPrivileges=yes',
  'CapabilityBoundingSet=',
  'PrivateTmp=yes',
  'PrivateDevices=yes',
  'PrivateUsers=yes',
  'ProtectSystem=strict',
  'ProtectHome=yes',
  'ProtectKernelTunables=yes',
  'ProtectControlGroups=yes',
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX',
  'RestrictNamespaces=yes',
  'SystemCallFilter=@system-service',
];

describe('the services of systemd', () => {
  const services = ofKind(/\.service$/);

  it.each(services)('%s gives up what it does not need: its exposure is below 3', (file) => {
    expect(read(file).split('\n')).toEqual(expect.arrayContaining(HARDENED));
    if (!isInstalled('systemd-analyze')) return;
    const verdict = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', file], { encoding: 'utf8' });
    expect(Number(/Overall exposure level for .*: ([\d.]+)/.exec(verdict)?.[1])).toBeLessThan(3);
  });

  it.each(services)('%s has settings, files and a user of one account only', (file) => {
    expect(read(file)).toMatch(/^User=chatrhub-sync-%i\nEnvironmentFile=\/etc\/chatrhub-sync\/%i\.env\nStateDirectory=chatrhub-sync\/%i$/m);
  });
});

describe('in Kubernetes', () => {
  const cronJob = parse(read('docs/deploy/kubernetes/cronjob.yaml'));
  const job = cronJob.spec.jobTemplate.spec;
  /** What the Job does about a pod that ended so, as its rules are read: the first that fits. */
  const actionOn = (exitCode: number, condition?: string): string => {
    const rules: { action: string; onExitCodes?: { values: number[] }; onPodConditions?: { type: string }[] }[] =
      job.podFailurePolicy.rules;
    const fits = rules.find(
      ({ onExitCodes, onPodConditions }) =>
        onExitCodes?.values.includes(exitCode) || onPodConditions?.some(({ type }) => type === condition),
    );
    return fits?.action ?? 'Count';
  };

  it('what another try cannot mend ends the Job; a pod that was killed gets a successor', () => {
    expect([1, 2, 3].map((code) => actionOn(code))).toEqual(['FailJob', 'FailJob', 'FailJob']);
    expect([129, 130, 137, 143].map((code) => actionOn(code))).toEqual(['Count', 'Count', 'Count', 'Count']);
    expect(actionOn(143, 'DisruptionTarget')).toBe('Ignore');
    expect([job.backoffLimit > 0, job.template.spec.restartPolicy]).toEqual([true, 'Never']);
    const names = job.podFailurePolicy.rules.flatMap(
      (rule: { onExitCodes?: { containerName: string } }) => rule.onExitCodes?.containerName ?? [],
    );
    expect(names).toEqual([job.template.spec.containers[0].name]);
  });

  it('a Job ends by itself, later than a sync does; a night is caught up on the same day; none overlaps', () => {
    const longestSync = /^\| `SYNC_MAX_DURATION` \| `(\d+)h` /m.exec(read('docs/settings.md'))?.[1];
    expect(job.activeDeadlineSeconds).toBeGreaterThan(Number(longestSync) * 3_600);
    expect(cronJob.spec.startingDeadlineSeconds).toBeLessThan(86_400);
    expect(cronJob.spec.concurrencyPolicy).toBe('Forbid');
  });

  it('the image is that of this version', () => {
    const { containers } = parse(read('docs/deploy/kubernetes/deployment.yaml')).spec.template.spec;
    expect([job.template.spec.containers[0].image, containers[0].image]).toEqual([`chatrhub-sync:${version}`, `chatrhub-sync:${version}`]);
  });

  it('the first probe asks what begins to answer before any migration; liveness is asked after it', () => {
    const [{ startupProbe, livenessProbe, readinessProbe }] = parse(read('docs/deploy/kubernetes/deployment.yaml')).spec.template.spec
      .containers;
    expect([startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path)).toEqual(['/healthz', '/healthz', '/readyz']);
  });

  it('an account is a namespace of its own over the same CronJob', () => {
    const { resources, namespace, patches } = parse(read('docs/deploy/kubernetes-account/kustomization.yaml'));
    expect({ resources, namespace }).toEqual({ resources: ['../kubernetes'], namespace: 'chatrhub-acme' });
    const [{ path }] = parse(patches[0].patch);
    expect(
      path
        .split('/')
        .slice(1)
        .reduce((at: Record<string, unknown>, key: string) => at[key], cronJob),
    ).toBe('0 2 * * *');
  });
});

describe('the container', () => {
  it('is built on an image of one digest, and actions are taken by their hash', () => {
    const froms = [...read('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(new Set(froms).size).toBe(1);
    expect(froms[0]).toMatch(/^node:\d+\.\d+\.\d+-slim@sha256:[\da-f]{64}$/);
    const workflows = ['.github/workflows/ci.yml', '.github/workflows/release.yml', 'docs/deploy/github-actions.yml'];
    const uses = workflows.flatMap((file) => [...read(file).matchAll(/uses: (.*)/g)].map(([, action = '']) => action));
    expect(uses.length).toBeGreaterThan(5);
    for (const action of uses) expect(action).toMatch(/^actions\/[a-z-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it.each([
    ['schedule', 200, 0],
    ['schedule', 503, 1],
    ['schedule', undefined, 1],
    ['sync', undefined, 0],
  ])('whose command is %s and whose page answers %s has the health %s', async (command, status, expected) => {
    const place = mkdtempSync(join(tmpdir(), 'chatrhub-health-'));
    writeFileSync(join(place, 'cmdline'), ['node', '/app/dist/main.js', command, ''].join('\0'));
    const server = createServer(({ url }, answer) => answer.writeHead(url === '/healthz' ? (status ?? 0) : 404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    if (status === undefined) await new Promise((resolve) => server.close(resolve));
    const code = await new Promise((resolve) => {
      const env = { ...process.env, STATUS_PORT: String(port) };
      execFile(process.execPath, ['docker/health-check.mjs', join(place, 'cmdline')], { env }).on('exit', resolve);
    });
    server.close();
    rmSync(place, { recursive: true });
    expect(code).toBe(expected);
  });
});

describe('the examples for Airflow, Dagster and GitHub Actions', () => {
  const examples = [...ofKind(/\.py$/), 'docs/deploy/github-actions.yml'];
  const page = read('docs/json.md');
  const documented = new Set([...page.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));

  it.each(examples)('%s reads what docs/json.md has, and tells the exit codes apart', (file) => {
    const text = read(file);
    const fields = [...text.matchAll(/(?:run|error|doubt)(?:\["|\.get\(")(\w+)"|\\\(\.(\w+)|'\.(\w+)[[ ]/g)].map((found) =>
      found.slice(1).find(Boolean),
    );
    expect(fields.length).toBeGreaterThan(3);
    expect(fields.filter((field) => !documented.has(field ?? ''))).toEqual([]);
    expect(text).toContain('--json');
    expect(text).toMatch(/== 3|= 3 \]/);
  });

  it('are Python, where there is one to say so', () => {
    if (!isInstalled('python3')) return;
    for (const file of ofKind(/\.py$/)) execFileSync('python3', ['-c', 'import ast, sys; ast.parse(open(sys.argv[1]).read())', file]);
  });

  it('are YAML, every one', () => {
    for (const file of ofKind(/\.ya?ml$/)) expect([file, typeof parse(read(file))]).toEqual([file, 'object']);
  });
});
