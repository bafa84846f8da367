import type { PageTexts } from './page-texts.js';

export const ru: PageTexts = {
  languages: 'Язык',
  signInTo: (title) => `Вход — ${title}`,
  enterCode: 'Введите код',
  signedOut: 'Сеанс завершён. Войдите снова.',
  showAllDevices: (count) => `Показать все (${count})`,
  account: {
    title: 'Вы вошли',
    devices: 'Ваши устройства',
    thisDevice: 'это устройство',
    lastSeen: (when) => `последняя активность: ${when}`,
    signOutDevice: (device) => `Выйти на устройстве ${device}`,
    unknownDevice: 'Неизвестное устройство',
    signOut: 'Выйти',
    signOutEverywhere: 'Выйти на всех устройствах',
    signInAgain: 'Войти ещё раз',
    continueTo: (host) => `Продолжить на ${host}`,
    returning: (host) => `Возвращаемся на ${host}…`,
    otherUser: 'Войти в другой аккаунт',
  },
  redirectRefused: 'Этому приложению не разрешено использовать эту страницу входа.',
  redirectUnprotected: 'Это приложение не защитило свой запрос на вход.',
  toLogin: 'Войти здесь',
};
