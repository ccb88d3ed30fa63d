import type { ViewerMessages } from './en'

const es: ViewerMessages = {
  pages: {
    home: 'Inicio', signIn: 'Iniciar sesión', profiles: '¿Quién está viendo?', title: 'Título', watch: 'Reproduciendo',
    search: 'Buscar', myList: 'Mi lista', account: 'Cuenta', notFound: 'Página no encontrada',
  },
  shell: {
    skip: 'Ir al contenido', main: 'Principal', menu: 'Perfil y cuenta', switchProfile: 'Cambiar de perfil', console: 'Consola de operación',
    signOut: 'Cerrar sesión', language: 'Idioma', offline: 'No hay conexión. Lo que ya está cargado sigue aquí.',
    notFound: 'No hay ninguna página en esta dirección.', goHome: 'Ir al inicio', retry: 'Reintentar', loading: 'Cargando', close: 'Cerrar', back: 'Volver',
    requestId: (id) => `Referencia: ${id}`,
  },
  signIn: {
    heading: 'Toma asiento', lead: 'Inicia sesión para ver.', email: 'Correo electrónico', password: 'Contraseña', submit: 'Iniciar sesión', busy: 'Iniciando sesión…',
    show: 'Mostrar contraseña', hide: 'Ocultar contraseña', missingEmail: 'Escribe tu correo electrónico.', missingPassword: 'Escribe tu contraseña.',
    demoTitle: '¿Solo quieres echar un vistazo?', demo: (email, password) => `${email} · ${password}`, useDemo: 'Usar la cuenta de demostración',
    tagline: 'Las luces se apagan cuando tú quieras.',
  },
  profiles: {
    heading: '¿Quién está viendo?', add: 'Añadir perfil', addHeading: 'Añadir un perfil', addLead: 'Cada persona tiene su propia lista y su propio historial.',
    name: 'Nombre', nameMissing: 'Ponle un nombre al perfil.', kids: 'Niños', kidsHint: 'Solo muestra títulos infantiles.', avatar: 'Imagen',
    language: 'Idioma', save: 'Guardar', saving: 'Guardando…', cancel: 'Cancelar', kidsBadge: 'Niños', watchAs: (name) => `Ver como ${name}`,
    avatarNamed: (n) => `Imagen ${n}`, full: (most) => `Una cuenta admite hasta ${most} perfiles.`, account: 'Cuenta',
  },
  home: {
    play: 'Reproducir', resume: 'Reanudar', moreInfo: 'Más información', preparingTitle: 'Las luces están a punto de apagarse',
    preparing: (name, percent) => `${name} se está preparando: ${percent}`, preparingFirst: (percent) => `La primera película se está preparando: ${percent}`,
    preparingHint: 'Esta página se llena sola. La primera película tarda unos minutos.',
    empty: 'Todavía no hay películas', emptyHint: 'En cuanto se publique una película, aparecerá aquí.', comingUp: 'En preparación',
    watched: (percent) => `${percent} visto`, previous: (row) => `Atrás en ${row}`, next: (row) => `Adelante en ${row}`,
  },
  title: {
    play: 'Reproducir', resume: 'Reanudar', addToList: 'Añadir a Mi lista', inList: 'En Mi lista', removeFromList: 'Quitar de Mi lista', cast: 'Reparto', genres: 'Géneros',
    audio: 'Audio', subtitles: 'Subtítulos', none: 'Ninguno', availableFrom: (date) => `Disponible a partir del ${date}.`,
    preparing: 'Este título todavía se está preparando. Podrá verse en cuanto esté listo.', unavailable: 'Este título no está disponible en este momento.',
    notFound: 'Este título no existe o no está disponible para este perfil.', rating: (rating) => `Clasificación ${rating}`,
    added: 'Añadido a Mi lista.', removed: 'Quitado de Mi lista.', series: 'Serie', film: 'Película',
  },
  list: { empty: 'Tu lista está vacía', emptyHint: 'Elige «Añadir a Mi lista» en cualquier título y te esperará aquí.' },
  search: {
    label: 'Buscar títulos, personas, géneros', placeholder: 'Títulos, personas, géneros', clear: 'Borrar', hint: '¿Qué te apetece ver?',
    none: (query) => `No hay resultados para «${query}».`, noneHint: 'Prueba con menos letras, otra ortografía o un género.',
    found: (n) => (n === 1 ? '1 título' : `${n} títulos`),
  },
  account: {
    member: 'Suscripción', email: 'Correo electrónico', plan: 'Plan', country: 'País',
    planOf: (streams, height) => `${streams === 1 ? '1 pantalla a la vez' : `${streams} pantallas a la vez`}, hasta ${height}p`,
    devices: 'Dispositivos con sesión iniciada', thisDevice: 'Este dispositivo', lastSeen: (when) => `Último uso: ${when}`, signOutDevice: (device) => `Cerrar sesión en ${device}`,
    signOut: 'Cerrar sesión', language: 'Idioma de este dispositivo', signOutHere: 'Cerrar sesión en este dispositivo',
  },
  player: {
    region: 'Reproductor de vídeo', play: 'Reproducir', pause: 'Pausa', back10: 'Retroceder 10 segundos', forward10: 'Avanzar 10 segundos', seek: 'Posición',
    position: (at, of) => `${at} de ${of}`, volume: 'Volumen', mute: 'Silenciar', unmute: 'Activar sonido',
    captionsOn: 'Activar subtítulos', captionsOff: 'Desactivar subtítulos', subtitles: 'Subtítulos', audio: 'Audio', quality: 'Calidad', speed: 'Velocidad',
    off: 'Desactivados', auto: 'Automática', autoAt: (height) => `Automática (${height}p)`, normal: 'Normal', fullscreen: 'Pantalla completa', exitFullscreen: 'Salir de pantalla completa',
    pip: 'Imagen en imagen', stats: 'Estadísticas', help: 'Atajos de teclado', backHome: 'Volver al inicio', back: 'Volver', described: 'Audiodescripción',
    skipIntro: 'Saltar intro', skipRecap: 'Saltar resumen', ended: 'Fin', endedOf: (name) => `Has visto ${name}.`, watchCredits: 'Ver créditos', again: 'Ver otra vez',
    loading: 'Preparando tu película', buffering: 'Cargando', stoppedTitle: 'Reproducción detenida', cannotPlay: 'No se puede reproducir esta película',
    watchHere: 'Ver aquí', startPlaying: 'Pulsa reproducir para empezar', shortcutsOn: 'Atajos de una sola tecla', volumeAt: (percent) => `Volumen ${percent}`,
    stat: { rung: 'Imagen', bitrate: 'Tasa de bits', throughput: 'Caudal', buffer: 'Búfer', dropped: 'Fotogramas perdidos', keySystem: 'Sistema de claves', edge: 'Nodo', codecs: 'Códecs', session: 'Sesión', start: 'Tiempo de inicio' },
    seconds: (n) => `${n} s`, framesOf: (dropped, all) => `${dropped} de ${all}`, noKeys: 'ninguno (sin cifrar)',
    keys: {
      play: 'Reproducir o pausar', seek: '10 segundos atrás o adelante', volume: 'Volumen', mute: 'Silenciar', fullscreen: 'Pantalla completa', captions: 'Subtítulos sí o no',
      audio: 'Menú de audio', skip: 'Saltar intro', start: 'Al principio o al final', stats: 'Estadísticas', help: 'Esta ayuda', leave: 'Cerrar o salir de la película',
    },
  },
  problems: {
    unreachable: 'No se puede contactar con el servicio. Revisa tu conexión; guardaremos tu posición.', 'not-signed-in': 'Tu sesión ha terminado. Vuelve a iniciarla.',
    'wrong-credentials': 'El correo o la contraseña no son correctos. Revísalos e inténtalo de nuevo.', 'not-allowed': 'Esto no está permitido para este perfil.', 'not-found': 'Esto no existe o ya no existe.',
    'too-many-requests': 'Demasiados intentos. Espera un momento y vuelve a probar.', unavailable: 'Una parte del servicio no responde. Inténtalo dentro de un momento.',
    'too-many-streams': 'Todas las pantallas de tu plan están en uso. Detén una de ellas o ve la película aquí.', 'session-ended': 'La reproducción terminó porque empezó otro dispositivo.',
    'not-available': 'Este título no está disponible en este momento.', 'license-refused': 'La licencia de esta película fue rechazada. Recarga la página; si sigue igual, cierra sesión y vuelve a entrar.',
    'keys-unsupported': 'Este navegador no puede reproducir aquí películas protegidas. Usa https o localhost, u otro navegador.', 'no-stream': 'Este navegador no puede decodificar ninguna versión de esta película. Prueba con otro.',
    'media-failed': 'No se pudo cargar la película. Revisa tu conexión e inténtalo de nuevo.', 'decode-failed': 'El navegador no pudo decodificar la película. Recarga la página para volver a intentarlo.',
    unexpected: 'Algo salió mal. Inténtalo de nuevo; si sigue igual, indica al operador la referencia de abajo.',
  },
}

export default es
