import HTTPTypes

/// What is known of a route from outside: enough for a test, or a document, to go through all that there are.
public struct RouteDescription: Sendable, Hashable {
  /// Such as `GET`.
  public let method: String
  /// A part of it may be `{name}`, which stands for anything but `/`.
  public let path: String
  public let access: RouteAccess
  public let takesBody: Bool

  init(_ route: HTTPRoute) {
    method = route.method.rawValue
    path = route.path
    access = route.access
    takesBody = route.takesBody
  }
}

extension GatewayContext {
  /// All routes there are, in the order in which they are looked up.
  var routes: [HTTPRoute] {
    SystemRoutes(services: services, version: configuration.version, sockets: sockets).all
      + ModelRoutes(services: services).all + ChatCompletionRoutes(gateway: self).all
      + APIKeyRoutes(keys: services.apiKeys).all + TenantRoutes(tenants: services.tenants).all
      + UserRoutes(users: services.users).all + SecretRoutes(secrets: services.secrets).all
  }
}
