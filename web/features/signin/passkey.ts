// The browser's side of passkeys: asks the service what to ask, the person for a key, and the service whether it is good.
import { Problem } from '../../api/problem'
import type { Ceremony, Ways } from '../../api/types'
import { service } from '../../app/service'

/** The person closed the browser's question, or the device knows no key for it. Which of the two browsers do not say. */
export class NoPasskey extends Error {}
/** This device holds a key for this account already. */
export class PasskeyHere extends Error {}

type Place = Pick<Ways, 'passkeys_url'>

/** `here`: passkeys work. `elsewhere`: at the service's own name. `nowhere`: not in this browser or not for this service. */
export function passkeyPlace(ways: Place, origin = location.origin, isAble = typeof PublicKeyCredential === 'function'): 'here' | 'elsewhere' | 'nowhere' {
  if (!ways.passkeys_url) return 'nowhere'
  if (ways.passkeys_url !== origin) return 'elsewhere'
  return isAble ? 'here' : 'nowhere'
}

export async function signInByPasskey(secondStep = ''): Promise<void> {
  const response = await show(await service.ways.askForPasskey(secondStep))
  await service.ways.signInByPasskey(response, secondStep)
}

export async function proveByPasskey(): Promise<void> {
  await service.ways.proveByPasskey(await show(await service.ways.askToProve()))
}

/** Passkeys among the suggestions of the e-mail field, for as long as nobody stops it. */
export async function offerPasskey(signal: AbortSignal): Promise<boolean> {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return false
  const response = await show(await service.ways.askForPasskey(''), { mediation: 'conditional', signal })
  await service.ways.signInByPasskey(response, '')
  return true
}

/** A new key; `keep` asks for its name meanwhile. */
export async function makePasskey(ceremony: Ceremony): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(ceremony.public_key as unknown as PublicKeyCredentialCreationOptionsJSON)
  return answered(navigator.credentials.create({ publicKey }))
}

async function show(ceremony: Ceremony, how: CredentialRequestOptions = {}): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(ceremony.public_key as unknown as PublicKeyCredentialRequestOptionsJSON)
  return answered(navigator.credentials.get({ ...how, publicKey }))
}

async function answered(asked: Promise<Credential | null>): Promise<unknown> {
  let credential: Credential | null
  try {
    credential = await asked
  } catch (error) {
    if (error instanceof DOMException && error.name === 'InvalidStateError') throw new PasskeyHere()
    if (error instanceof DOMException) throw new NoPasskey()
    throw error
  }
  if (!(credential instanceof PublicKeyCredential)) throw new NoPasskey()
  return credential.toJSON()
}

export const needsProof = (error: unknown): error is Problem => error instanceof Problem && error.kind === 'step-up-needed'
