import ClawCore
import ClawJSON
import ClawStore

/// A notification to the other nodes of a shared store: where to read now. It carries no user text, and except for
/// ``ended(_:)`` the receiver trusts only the store.
enum NodeSignal: Sendable, Hashable {
  /// The log of a session now reaches this number; a run may have ended with it.
  case events(SessionAddress, last: Int64, ended: RunID?)
  /// The last event of a run whose session was removed with its log: the store no longer has it.
  case ended(RunEvent)
  /// A run is to be aborted.
  case abort(TenantID, RunID)
  /// Runs are queued in these lanes.
  case work([Lane])
  /// Credentials, users or the tenant itself have changed.
  case access(TenantID)
  /// The providers of a tenant have changed.
  case models(TenantID)
  /// All sessions of a tenant, or of one of its users, were removed together with their event counters.
  case erased(TenantID, UserID?)
  /// A pairing has changed.
  case pairing(TenantID, PairingHint)

  /// The signal as one line.
  func text(from node: NodeID) -> String {
    let values: [String] =
      switch self {
      case .events(let address, let last, let ended):
        [
          "events", address.tenant.rawValue, address.user.rawValue, address.key.rawValue, String(last),
          ended?.rawValue ?? "",
        ]
      case .ended(let event): Self.values(of: event)
      case .abort(let tenant, let run): ["abort", tenant.rawValue, run.rawValue]
      case .work(let lanes): ["work"] + lanes.map(\.rawValue)
      case .access(let tenant): ["access", tenant.rawValue]
      case .models(let tenant): ["models", tenant.rawValue]
      case .erased(let tenant, let user): ["erased", tenant.rawValue] + (user.map { [$0.rawValue] } ?? [])
      case .pairing(let tenant, let hint):
        [
          "pairing", tenant.rawValue, hint.kind.rawValue, hint.device.rawValue, hint.channel,
          hint.requestedBy?.rawValue ?? "",
        ]
      }
    return JSONValue.array(([node.rawValue] + values).map { .string($0) }).serializedString()
  }

  /// Nil for unknown signals: a newer node may send more kinds.
  static func read(_ text: String) -> (node: NodeID, signal: NodeSignal)? {
    guard let values = try? JSONValue(parsing: text).arrayValue?.compactMap(\.stringValue), values.count >= 2 else {
      return nil
    }
    let node = NodeID(unchecked: values[0])
    let rest = Array(values.dropFirst(2))
    switch (values[1], rest.count) {
    case ("events", 5):
      guard let last = Int64(rest[3]) else { return nil }
      let address = SessionAddress(
        tenant: TenantID(unchecked: rest[0]), user: UserID(unchecked: rest[1]), key: SessionKey(unchecked: rest[2]))
      return (node, .events(address, last: last, ended: rest[4].isEmpty ? nil : RunID(unchecked: rest[4])))
    case ("ended", 8): return ended(rest).map { (node, .ended($0)) }
    case ("abort", 2): return (node, .abort(TenantID(unchecked: rest[0]), RunID(unchecked: rest[1])))
    case ("work", _): return (node, .work(rest.compactMap(Lane.init(rawValue:))))
    case ("access", 1): return (node, .access(TenantID(unchecked: rest[0])))
    case ("models", 1): return (node, .models(TenantID(unchecked: rest[0])))
    case ("erased", 1): return (node, .erased(TenantID(unchecked: rest[0]), nil))
    case ("erased", 2): return (node, .erased(TenantID(unchecked: rest[0]), UserID(unchecked: rest[1])))
    case ("pairing", 5):
      guard let kind = PairingHint.Kind(rawValue: rest[1]) else { return nil }
      let hint = PairingHint(
        device: DeviceID(unchecked: rest[2]), channel: rest[3],
        requestedBy: rest[4].isEmpty ? nil : UserID(unchecked: rest[4]), kind: kind)
      return (node, .pairing(TenantID(unchecked: rest[0]), hint))
    default: return nil
    }
  }
}

extension NodeSignal {
  fileprivate static func values(of event: RunEvent) -> [String] {
    var failure = RunFailure(code: "", message: "")
    if case .failed(let known) = event.body { failure = known }
    return [
      "ended", event.address.tenant.rawValue, event.address.user.rawValue, event.address.key.rawValue,
      event.run.rawValue, String(event.seq), String(event.at.milliseconds), failure.code, failure.message,
    ]
  }

  fileprivate static func ended(_ values: [String]) -> RunEvent? {
    guard let seq = Int64(values[4]), let time = Int64(values[5]) else { return nil }
    let address = SessionAddress(
      tenant: TenantID(unchecked: values[0]), user: UserID(unchecked: values[1]), key: SessionKey(unchecked: values[2]))
    return RunEvent(
      address: address, seq: seq, run: RunID(unchecked: values[3]), at: Timestamp(milliseconds: time),
      body: .failed(RunFailure(code: values[6], message: values[7])))
  }
}
