import ClawCore
import ClawProtocol
import HTTPTypes
import HummingbirdCore

/// `/v1/secrets`
struct SecretRoutes: Sendable {
  let secrets: any SecretService

  private static let path = "/v1/secrets"

  var all: [HTTPRoute] {
    let one = Self.path + "/{name}"
    return [
      HTTPRoute(.get, Self.path, access: .role(.admin)) { request in
        let entries = try await secrets.secrets(as: try request.caller())
        return .json(
          SecretListBody(
            secrets: entries.map { SecretBody(name: $0.name, updated_at: $0.updatedAt.milliseconds) }),
          headers: [.cacheControl: "no-store"])
      },
      HTTPRoute(.post, Self.path + "/rotate", access: .gatewayToken) { _ in
        .json(SecretRotationBody(resealed: try await secrets.rotateSecrets()))
      },
      HTTPRoute(.put, one, access: .role(.admin), body: .standard) { request in
        let body = try request.decode(SecretValueBody.self, fields: ["value"])
        try await secrets.setSecret(try request.parameter("name"), to: body.value, as: try request.caller())
        return Response(status: .noContent)
      },
      HTTPRoute(.delete, one, access: .role(.admin)) { request in
        try await secrets.removeSecret(try request.parameter("name"), as: try request.caller())
        return Response(status: .noContent)
      },
    ]
  }
}
