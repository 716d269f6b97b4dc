/// A secret on the routes `/v1/secrets`. Its value is never returned.
public struct SecretBody: Codable, Sendable {
  /// The name that settings refer to, such as `providers.openai.api_key`.
  public var name: String
  /// Always `***`.
  public var value: String
  /// Unix milliseconds.
  public var updated_at: Int64

  /// The value is set to the mask `***`.
  public init(name: String, updated_at: Int64) {
    self.name = name
    value = "***"
    self.updated_at = updated_at
  }
}

/// `GET /v1/secrets`
public struct SecretListBody: Codable, Sendable {
  /// All of the tenant, sorted by name.
  public var secrets: [SecretBody]

  /// The complete list, without pages.
  public init(secrets: [SecretBody]) {
    self.secrets = secrets
  }
}

/// The body of `PUT /v1/secrets/{name}`; `***` leaves the value unchanged.
public struct SecretValueBody: Codable, Sendable {
  /// The new value, stored encrypted and never returned.
  public var value: String

  /// `***` keeps the stored value.
  public init(value: String) {
    self.value = value
  }
}

/// The response to `POST /v1/secrets/rotate`.
public struct SecretRotationBody: Codable, Sendable {
  /// Number of secrets sealed again.
  public var resealed: Int

  /// The number of secrets sealed with the new key.
  public init(resealed: Int) {
    self.resealed = resealed
  }
}
