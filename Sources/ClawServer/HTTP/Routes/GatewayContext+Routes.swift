extension GatewayContext {
  /// All routes, in lookup order.
  var routes: [HTTPRoute] {
    SystemRoutes(services: services, version: configuration.version, sockets: sockets).all
      + ModelRoutes(services: services).all + ChatCompletionRoutes(gateway: self).all
      + APIKeyRoutes(keys: services.apiKeys).all + TenantRoutes(tenants: services.tenants).all
      + UserRoutes(users: services.users).all + SecretRoutes(secrets: services.secrets).all
      + ProviderRoutes(providers: services.providers).all + MediaRoutes(media: services.media).all
  }
}
