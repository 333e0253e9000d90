using Microsoft.Extensions.Options;
using MLPlatform.Server.Experiments;
using MLPlatform.Server.Hosting;

namespace MLPlatform.Server.Access;

/// <summary>Registers tokens, roles and the audit trail.</summary>
internal static class AccessSetup
{
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<AuthOptions>().BindConfiguration("Auth").ValidateDataAnnotations();
        services.AddSingleton(provider => new AuthMode(
            provider.GetRequiredService<IOptions<AuthOptions>>().Value.Required
            || !provider.GetRequiredService<IOptions<ServerOptions>>().Value.IsLoopback));

        // Not AddAuthentication: it also brings keys for cookies, which nothing here uses.
        services.AddWebEncoders().AddTransient<TokenAuthentication>().AddAuthenticationCore(o =>
        {
            o.DefaultScheme = TokenAuthentication.Name;
            o.AddScheme<TokenAuthentication>(TokenAuthentication.Name, null);
        });
        services.AddAuthorizationBuilder()
            .AddPolicy(Permissions.View, p => p.RequireRole(Permissions.RolesFor(Permissions.View)))
            .AddPolicy(Permissions.Edit, p => p.RequireRole(Permissions.RolesFor(Permissions.Edit)))
            .AddPolicy(Permissions.ReadTracked, p => p.RequireRole(Permissions.RolesFor(Permissions.ReadTracked)))
            .AddPolicy(Permissions.Track, p => p.RequireRole(Permissions.RolesFor(Permissions.Track)))
            .AddPolicy(Permissions.Administer, p => p.RequireRole(Permissions.RolesFor(Permissions.Administer)))
            .SetFallbackPolicy(new Microsoft.AspNetCore.Authorization.AuthorizationPolicyBuilder()
                .RequireRole(Permissions.RolesFor(Permissions.View)).Build());
        return services.AddSingleton<Audit>().AddSingleton<AttemptTokens>();
    }

    public static void UseAccess(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<AuthMode>().Required)
            app.Use(LoopbackGuard.InvokeAsync);
        app.UseAuthentication();
        app.UseAuthorization();
    }
}
