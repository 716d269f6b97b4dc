import ClawCore
import Testing

@testable import ClawStore

@Suite("Who a run acts for, as it is kept")
struct RunActorTests {
  @Test("every kind of credential is read back")
  func roundTrip() {
    let key = APIKeyID(unchecked: "k")
    let credentials: [Credential] = [
      .gatewayToken, .onBehalf, .device(DeviceID(unchecked: "d")),
      .apiKey(KeyGrant(key: key, user: ann, expiresAt: start)), .apiKey(KeyGrant(key: key, user: nil, expiresAt: nil)),
    ]
    for credential in credentials {
      let actor = RunActor(user: ann, role: .admin, credential: credential)
      #expect(RunActor(stored: actor.stored, user: ann) == actor)
    }
  }

  @Test("text never makes the gateway itself, and what is not known grants nothing")
  func unknown() {
    for text in ["", "{", #"{"by":"system","role":"admin"}"#, #"{"by":"agent"}"#, #"{"by":"none"}"#, #"{"by":"sso"}"#] {
      #expect(RunActor(stored: text, user: ann).credential == nil)
    }
    let itself = Principal(tenant: acme, user: ann, role: .admin, origin: .system, credential: .system)
    #expect(RunActor(itself) == RunActor(onBehalfOf: ann))
    // The name of the erased user was removed.
    let token = RunActor(user: ann, role: .admin, credential: .gatewayToken).stored
    #expect(RunActor(stored: token, user: UserID(unchecked: "")).credential == nil)
  }
}
