import ClawCore
import ClawJSON

/// Stored form of a run's actor, without the user, who has a column of their own so that erasure finds it.
extension RunActor {
  /// The stored text.
  var stored: String {
    var value: JSONObject = ["role": .string(role.rawValue)]
    switch credential {
    case .gatewayToken: value["by"] = "token"
    case .apiKey(let grant):
      value["by"] = "key"
      value["id"] = .string(grant.key.rawValue)
      value["bound"] = grant.user.map { _ in .bool(true) }
      value["until"] = grant.expiresAt.map { .integer($0.milliseconds) }
    case .device(let device):
      value["by"] = "device"
      value["id"] = .string(device.rawValue)
    case .onBehalf: value["by"] = "user"
    // Not stored: see `RunActor.init(_:)`.
    case .system, .agent, nil: break
    }
    return JSONValue.object(NewerFormat.object(value)).serializedString()
  }

  /// Grants nothing if the text can't be decoded.
  init(stored text: String, user: UserID) {
    let value = (try? JSONValue(parsing: text)) ?? .null
    let id = value["id"]?.stringValue ?? ""
    let credential: Credential? =
      switch value["by"]?.stringValue {
      case "token": .gatewayToken
      case "key":
        .apiKey(
          KeyGrant(
            key: APIKeyID(unchecked: id), user: value["bound"]?.boolValue == true ? user : nil,
            expiresAt: value["until"]?.intValue.map { Timestamp(milliseconds: Int64($0)) }))
      case "device": .device(DeviceID(unchecked: id))
      case "user": .onBehalf
      default: nil
      }
    self.init(
      user: user, role: value["role"]?.stringValue.flatMap { Role(rawValue: $0) } ?? .viewer,
      credential: user.rawValue.isEmpty ? nil : credential)
  }
}
