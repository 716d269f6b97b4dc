import ClawCore
import ClawJSON

/// Rules for a tenant's provider, except its address; see ``ModelFactory/check(_:)``.
enum ProviderRules {
  /// Limits in bytes.
  private static let (maxName, maxDisplayName, maxModelName, maxKey) = (64, 200, 200, 16 * 1024)
  /// Limit of named models.
  private static let maxModels = 1000

  /// - Throws: `invalidRequest`.
  static func checkName(_ name: String) throws(ClawError) {
    func isPlain(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
    let bytes = Array(name.utf8)
    guard (1...maxName).contains(bytes.count), let first = bytes.first, let last = bytes.last, isPlain(first),
      isPlain(last), bytes.allSatisfy({ isPlain($0) || $0 == UInt8(ascii: "-") })
    else {
      throw ClawError(
        field: .name, "must be 1 to \(maxName) lower-case letters, digits and dashes, with no dash at its ends")
    }
  }

  /// - Throws: `invalidRequest`.
  static func apply(_ change: ProviderChange, to provider: inout ProviderEntry) throws(ClawError) {
    if let name = change.displayName {
      guard name.utf8.count <= maxDisplayName, !name.containsControlCharacters else {
        throw ClawError(field: .displayName, "must be at most \(maxDisplayName) bytes without control characters")
      }
      provider.displayName = name
    }
    if let model = change.defaultModel {
      guard model.isEmpty || isModel(model) else {
        throw ClawError(field: .defaultModel, "must be at most \(maxModelName) bytes without control characters")
      }
      provider.defaultModel = model
    }
    if let models = change.models {
      guard models.count <= maxModels, models.allSatisfy(isModel) else {
        throw ClawError(
          field: .models, "must be at most \(maxModels) names of 1 to \(maxModelName) bytes without control characters")
      }
      provider.models = models
    }
    provider.dialect = change.dialect ?? provider.dialect
    provider.baseURL = change.baseURL ?? provider.baseURL
    provider.isEnabled = change.isEnabled ?? provider.isEnabled
  }

  private static func isModel(_ name: String) -> Bool {
    (1...maxModelName).contains(name.utf8.count) && !name.isBlank && !name.containsControlCharacters
  }

  /// - Throws: `invalidRequest` for a key that is not a valid header value.
  static func check(key: String?) throws(ClawError) {
    guard let key else { return }
    guard key.utf8.count <= maxKey, key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw ClawError(field: .key, "must be at most \(maxKey) bytes of printable ASCII without spaces")
    }
  }
}

extension ProviderChange {
  /// The key to store; nil keeps the current one.
  var newKey: String? {
    guard let key, !key.isEmpty, !key.hasSameBytes(as: SecretRedactor.mask) else { return nil }
    return key
  }
}
