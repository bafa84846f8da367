import type { PageTexts } from './page-texts.js';

export const ky: PageTexts = {
  languages: 'Тил',
  signInTo: (title) => `${title} кызматына кирүү`,
  enterCode: 'Кодду жазыңыз',
  signedOut: 'Сеанс аяктады. Кайра кириңиз.',
  showAllDevices: (count) => `Баарын көрсөтүү (${count})`,
  account: {
    title: 'Сиз системага кирдиңиз',
    devices: 'Түзмөктөрүңүз',
    thisDevice: 'ушул түзмөк',
    lastSeen: (when) => `акыркы активдүүлүк: ${when}`,
    signOutDevice: (device) => `${device} түзмөгүнөн чыгуу`,
    unknownDevice: 'Белгисиз түзмөк',
    signOut: 'Чыгуу',
    signOutEverywhere: 'Бардык түзмөктөрдөн чыгуу',
    signInAgain: 'Кайра кирүү',
    continueTo: (host) => `${host} сайтына өтүү`,
    returning: (host) => `${host} сайтына кайтып жатабыз…`,
    otherUser: 'Бул мен эмесмин',
  },
  redirectRefused: 'Бул колдонмого ушул кирүү барагын колдонууга уруксат берилген эмес.',
  redirectUnprotected: 'Бул колдонмо кирүү сурамын коргогон эмес.',
  toLogin: 'Ушул жерден кирүү',
};
