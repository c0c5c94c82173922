import { expect, it } from 'vitest';
import { settingNames } from '../../src/config.ts';
import { findMisspelt } from '../../src/settings/misspelt.ts';

const find = (name: string, more: Record<string, string> = {}) => findMisspelt({ [name]: 'x', ...more }, settingNames);

it.each([
  ['SYNC_LOOKBACK', 'SYNC_LOOKBACK_DAYS'],
  ['SYNC_LOOKBACK_DAY', 'SYNC_LOOKBACK_DAYS'],
  ['SYNC_START', 'SYNC_START_DATE'],
  ['SYNC_TIME_ZONE', 'SYNC_TIMEZONE'],
  ['SYNC_CORN', 'SYNC_CRON'],
  ['SNYC_CRON', 'SYNC_CRON'],
  ['sync_cron', 'SYNC_CRON'],
  ['CHATRHUB_LIMITS', 'CHATRHUB_RATE_LIMITS'],
  ['CHATRHUB_RATE_LIMIT', 'CHATRHUB_RATE_LIMITS'],
  ['CHATRHUB_KEY', 'CHATRHUB_API_KEY'],
  ['CHATRHUB_APIKEY', 'CHATRHUB_API_KEY'],
  ['CHATHUB_API_KEY', 'CHATRHUB_API_KEY'],
  ['CHATRHUB_API-KEY', 'CHATRHUB_API_KEY'],
  ['CHATRHUB_URL', 'CHATRHUB_API_URL'],
  ['CHATRHUB_TIMEOUT', 'CHATRHUB_REQUEST_TIMEOUT'],
  ['CHATRHUB_DATABASE_URL', 'DATABASE_URL'],
  ['CHATRHUB_SYNC_CRON', 'SYNC_CRON'],
  ['PII_HASHKEY', 'PII_HASH_KEY'],
  ['PII_KEY', 'PII_HASH_KEY'],
  ['BACKFILL_RESERVED', 'BACKFILL_RESERVE'],
  ['REPORTING_TIME_ZONE', 'REPORTING_TIMEZONE'],
  ['REPORTING_TIMZONE', 'REPORTING_TIMEZONE'],
  ['DATABASE_URI', 'DATABASE_URL'],
  ['DATABSE_URL', 'DATABASE_URL'],
  ['STATUS_PORTS', 'STATUS_PORT'],
  ['ALERT_WEBHOOKURL', 'ALERT_WEBHOOK_URL'],
  ['ALERT_WEB_HOOK_URL', 'ALERT_WEBHOOK_URL'],
  ['LOG_LEVL', 'LOG_LEVEL'],
])('%s is told, with what it is likely meant to be: %s', (name, meant) => {
  expect(find(name)).toEqual([{ name, meant }]);
});

it.each(['CHATRHUB_COLOUR', 'CHATRHUB_EVERYTHING'])('%s is told, as nobody else has names that begin so', (name) => {
  expect(find(name)).toEqual([{ name, meant: undefined }]);
});

it.each([
  ...settingNames,
  ...['PATH', 'HOME', 'LANG', 'TZ', 'TERM', 'NODE_ENV', 'NODE_OPTIONS', 'LOGLEVEL', 'LOGNAME', 'PGPASSWORD', 'KUBERNETES_SERVICE_HOST'],
  ...['SYNC_SOMETHING', 'SYNC_INTERVAL', 'SYNC', 'SYNC_PORT', 'SYNC_SERVICE_HOST', 'STATUS_PAGE_URL', 'STATUS_CHECK', 'STATUS', 'PII'],
  ...['DATABASE_HOST', 'DATABASE_NAME', 'TEST_DATABASE_URL', 'LOG_FORMAT', 'LOG_FILE', 'ALERT_EMAIL', 'BUSINESS_UNIT', 'REPORTING_DB'],
  ...['FTP_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'RSYNC_PROXY', 'GRPC_PROXY', 'NOPROXY'],
  ...['CHATRHUB_SYNC_IMAGE', 'CHATRHUB_SYNC_SERVICE_HOST', 'CHATRHUB_SYNC_PORT_8080_TCP_ADDR', 'CHATRHUB_PORT', 'CHATRHUB_SERVICE_PORT'],
])('%s is left alone', (name) => {
  expect(find(name)).toEqual([]);
});

it('what is empty is not set, and what is near a setting that has a value is another program’s, unless it begins as only ours do', () => {
  expect(findMisspelt({ SYNC_LOOKBACK: '', CHATRHUB_COLOUR: undefined }, settingNames)).toEqual([]);
  expect(find('DATABASE_URI', { DATABASE_URL: 'postgres://db/x' })).toEqual([]);
  expect(find('SYNC_LOOKBACK', { SYNC_LOOKBACK_DAYS: '7' })).toHaveLength(1);
});
