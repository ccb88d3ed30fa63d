import type { ConsoleMessages } from './en'

const es: ConsoleMessages = {
  brand: 'Consola', nav: 'Consola', toViewer: 'Abrir la aplicación', signOut: 'Cerrar sesión', signIn: 'Iniciar sesión como operador', refused: 'Esta cuenta no es de operador. Pide a uno que te añada con «matinee operator add».',
  email: 'Correo electrónico', password: 'Contraseña', submit: 'Iniciar sesión', retry: 'Reintentar', loading: 'Cargando', skip: 'Ir al contenido', updated: (when) => `Actualizado ${when}`, language: 'Idioma',
  stale: 'El servicio no responde. Se muestra el último estado conocido.', unreachable: 'No se puede contactar con el servicio.', notFound: 'No hay ninguna página en esta dirección.',
  pages: { titles: 'Títulos y versiones', queue: 'Cola de codificación', appliances: 'Nodos de distribución', mailbox: 'Buzón', health: 'Estado' },
  titles: {
    lead: 'Cada título, la versión que reciben los espectadores y las anteriores.', name: 'Título', state: 'Estado', release: 'Versión', made: 'Creada', profile: 'Perfil', current: 'En vivo', none: 'Todavía no hay títulos. Publica uno con «matinee publish FILE --title …».',
    production: 'Producción', hideProduction: 'Ocultar producción', publish: 'Publicar', rollback: 'Revertir', withdraw: 'Retirar', noRelease: 'Sin versiones todavía', noProduction: 'Todavía no se ha preparado nada de este título.', confirmWithdraw: (name) => `¿Retirar «${name}»? Los espectadores ya no podrán empezarlo. Las versiones se conservan; publicar lo devuelve.`,
    confirm: 'Retirar', cancel: 'Mantener', done: { publish: (name) => `«${name}» está publicado.`, rollback: (name) => `«${name}» se ha revertido.`, withdraw: (name) => `«${name}» se ha retirado.` },
    states: { available: 'Publicado', preparing: 'En preparación', withdrawn: 'Retirado' },
  },
  queue: {
    lead: 'Másteres en camino de convertirse en títulos.', none: 'No se está preparando nada.', eta: (span) => `quedan unos ${span}`, stage: 'Fase', details: 'Detalles', hide: 'Ocultar detalles', findings: 'Control de calidad', noFindings: 'Sin hallazgos.', ladder: 'Escalera', picture: 'Imagen', bitrate: 'Tasa de bits', vmaf: 'VMAF', noLadder: 'La escalera se elige cuando se han medido los planos.',
    states: { waiting: 'En espera', running: 'En curso', paused: 'En pausa', ready: 'Listo', failed: 'Fallido', canceled: 'Cancelado' }, severities: { note: 'Nota', warning: 'Aviso' },
    stages: { inspect: 'Examinando el máster', plan: 'Planificando la escalera', encode: 'Codificando', measure: 'Midiendo', 'encode-again': 'Codificando otra vez', 'measure-again': 'Midiendo otra vez', artwork: 'Imágenes', package: 'Empaquetando', announce: 'Anunciando', tidy: 'Recogiendo', continue: 'Continuando' },
    waiting: 'En espera:', versionOf: (profile) => `Versión «${profile}»`, promised: 'previsto',
  },
  mailbox: { lead: 'Cartas que escribió este servicio. No salen de esta página hasta que haya un servidor de correo.', none: 'Todavía no hay cartas.' },
  appliances: { lead: 'De dónde salen los bytes de los espectadores.', none: 'Ningún nodo se ha anunciado todavía.', appliance: 'Nodo', health: 'Estado', seen: 'Visto por última vez', held: 'Guarda', releases: 'Versiones', healthy: 'Sano', down: 'Con problemas', never: 'nunca', free: 'Libre', filling: 'Recibiendo', idle: 'Nada por recibir' },
  health: { lead: 'Lo que el servicio dice de sí mismo.', alive: 'Proceso', ready: 'Listo para peticiones', ok: 'En orden', bad: 'Con problemas', part: 'Parte', answer: 'Respuesta' },
}

export default es
