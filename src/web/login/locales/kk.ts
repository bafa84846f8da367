import type { PageTexts } from './page-texts.js';

export const kk: PageTexts = {
  languages: 'Тіл',
  signInTo: (title) => `${title} сервисіне кіру`,
  enterCode: 'Кодты енгізіңіз',
  signedOut: 'Сеанс аяқталды. Қайта кіріңіз.',
  showAllDevices: (count) => `Барлығын көрсету (${count})`,
  account: {
    title: 'Сіз жүйеге кірдіңіз',
    devices: 'Құрылғыларыңыз',
    thisDevice: 'осы құрылғы',
    lastSeen: (when) => `соңғы белсенділік: ${when}`,
    signOutDevice: (device) => `${device} құрылғысынан шығу`,
    unknownDevice: 'Белгісіз құрылғы',
    signOut: 'Шығу',
    signOutEverywhere: 'Барлық құрылғыдан шығу',
    signInAgain: 'Қайта кіру',
    continueTo: (host) => `${host} сайтына өту`,
    returning: (host) => `${host} сайтына оралып жатырмыз…`,
    otherUser: 'Бұл мен емеспін',
  },
  redirectRefused: 'Бұл қолданбаға осы кіру бетін пайдалануға рұқсат берілмеген.',
  redirectUnprotected: 'Бұл қолданба кіру сұрауын қорғамаған.',
  toLogin: 'Осы жерде кіру',
};
