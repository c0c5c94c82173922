/** Names and places of the invented account; domains, addresses and numbers are the ones reserved for documentation. */
export const FIRST_NAMES = [
  'Maria',
  'José',
  'Zoë',
  'Björn',
  'Aiko',
  'Łukasz',
  'Priya',
  'Søren',
  'Chloé',
  'Tom',
  'Grace',
  'Müge',
  'Ivan',
  'Nia',
  'Omar',
] as const;
export const LAST_NAMES = [
  'Lopez',
  'Åberg',
  'Nguyễn',
  'Smith',
  "O'Neill",
  'Müller',
  'Kowalski',
  'Haddad',
  'Ito',
  'Brown',
  'Çelik',
  'Peters',
] as const;
export const COMPANIES = [
  'Northwind Tyres',
  'Acme & Sons',
  'Müller GmbH',
  'Lakeside Dental',
  '"Quoted" Ltd',
  'Blue Barn Farm',
  null,
  null,
  null,
] as const;
export const STREETS = ['12 Elm St', '400 Lake Ave', '7 Rue de l’Église', '88 Main St', null, null] as const;
export const REFERRERS = [
  'https://www.google.com/search?q=tyres',
  'https://news.example.org/a/b?utm_source=mail#top',
  'http://shop.example.net',
  'https://partner.example.com/?from=newsletter',
  '',
  'not a url',
  null,
  null,
] as const;
export const PAGES = [
  'https://www.example.com/',
  'https://www.example.com/pricing?ref=a&email=someone%40example.com',
  'https://www.example.com/help/faq#returns',
  null,
] as const;

export const PLACES = [
  { city: 'Minneapolis', state: 'MN', zipCode: '55401', country: 'US' },
  { city: 'Boston', state: 'MA', zipCode: '02108', country: 'US' },
  { city: 'Holtsville', state: 'NY', zipCode: '00501', country: 'US' },
  { city: 'Zürich', state: 'ZH', zipCode: '8001', country: 'CH' },
  { city: 'São Paulo', state: 'SP', zipCode: '01310-100', country: 'BR' },
  { city: null, state: null, zipCode: null, country: 'US' },
  { city: '', state: '', zipCode: '', country: '' },
  { city: null, state: null, zipCode: null, country: null },
] as const;

/** What visitors really type, or what a broken widget sends: each must survive the trip or be replaced by U+FFFD. */
export const AWKWARD_TEXTS = [
  'Ann \u{1F600}\u{1F468}\u200D\u{1F469}\u200D\u{1F467}',
  'Nul\u0000Character',
  'Half \uD83D emoji',
  `Robert"); drop table chats; --'`,
  'Two\nLines\tand a tab\r\n',
  '<img src=x onerror=alert(1)>',
  '=1+1',
  '\uDC00 first',
] as const;
