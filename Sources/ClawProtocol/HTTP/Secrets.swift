/// A secret on the routes `/v1/secrets`. Its value is never told.
public struct SecretBody: Codable, Sendable {
  /// What settings refer to, such as `providers.openai.api_key`.
  public var name: String
  /// Always `***`.
  public var value: String
  /// Unix milliseconds.
  public var updated_at: Int64

  /// The mask `***` stands for the value.
  public init(name: String, updated_at: Int64) {
    self.name = name
    value = "***"
    self.updated_at = updated_at
  }
}

/// `GET /v1/secrets`
public struct SecretListBody: Codable, Sendable {
  /// All of the tenant, by name.
  public var secrets: [SecretBody]

  /// The whole list: it has no pages.
  public init(secrets: [SecretBody]) {
    self.secrets = secrets
  }
}

/// The body of `PUT /v1/secrets/{name}`; `***` leaves the value as it is.
public struct SecretValueBody: Codable, Sendable {
  /// The new value, stored encrypted and never shown again.
  public var value: String

  /// `***` keeps the value that is stored.
  public init(value: String) {
    self.value = value
  }
}

/// The answer to `POST /v1/secrets/rotate`.
public struct SecretRotationBody: Codable, Sendable {
  /// How many were sealed anew.
  public var resealed: Int

  /// The count of secrets that have the new key.
  public init(resealed: Int) {
    self.resealed = resealed
  }
}
