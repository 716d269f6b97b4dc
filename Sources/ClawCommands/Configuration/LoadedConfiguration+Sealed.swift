import ClawCore
import ClawJSON
import ClawStore

extension LoadedConfiguration {
  /// The place of notes about sealed keys.
  static let sealedPlace = "sealed secrets"

  /// The same with the providers' keys that are sealed in the database, as at a start. Read-only; a gateway may be
  /// running. Failures are reported as a note under ``sealedPlace``.
  func withSealedKeys() async -> LoadedConfiguration {
    var known = self
    do {
      if let secrets = try await sealedSecrets() { known.take(sealed: secrets) }
    } catch {
      let reason = CommandFailure(explaining: error)?.message ?? "\(error)"
      known.note(
        Self.sealedPlace, "can't be read, so keys of providers that are kept there are not known here: \(reason)")
    }
    return known
  }

  /// Nil if nothing can be sealed yet: no database, or no key.
  private func sealedSecrets() async throws -> UTF8Dictionary<String>? {
    // Errors of the configuration are reported elsewhere.
    guard let configuration = try? store else { return nil }
    let (directory, values, path) = (dataDirectory, values, configuration.path)
    let found = try await Blocking.run { () -> SealingKeys? in
      if configuration.postgres == nil {
        let head = try? PrivateFile.head(of: path, count: 16)
        guard head == Array("SQLite format 3\0".utf8) else { return nil }
      }
      return try EncryptionKeyFile(directory).find(
        given: values[Settings.encryptionKey], previous: values[Settings.previousEncryptionKey])?.keys
    }
    guard let keys = found else { return nil }
    let maintenance =
      try configuration.postgres.map { postgres in try StoreMaintenance.postgres(postgres) }
      ?? StoreMaintenance.sqlite(configuration.sqlite)
    do {
      let secrets = try await maintenance.secrets(of: .standard, with: keys)
      await maintenance.close()
      return secrets
    } catch {
      await maintenance.close()
      throw error
    }
  }
}

extension Console {
  /// Notes on stderr that there may be sealed keys that this command can't read.
  func noteUnknownKeys(of loaded: LoadedConfiguration) {
    for note in loaded.notes where note.place == LoadedConfiguration.sealedPlace {
      self.note("\(errorStyles.yellow("note")): \(note)")
    }
  }
}
