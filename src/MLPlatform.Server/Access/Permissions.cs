using MLPlatform.Core.Access;

namespace MLPlatform.Server.Access;

/// <summary>The policies that endpoints name; each is a role, and each role includes the ones before it.</summary>
internal static class Permissions
{
    /// <summary>May look at everything but tokens.</summary>
    public const string View = "viewer";

    /// <summary>May start, stop and change things.</summary>
    public const string Edit = "editor";

    /// <summary>May hand out tokens and read the audit trail.</summary>
    public const string Administer = "admin";

    public static string Of(Role role) => role switch
    {
        Role.Viewer => View,
        Role.Editor => Edit,
        _ => Administer,
    };

    /// <summary>Roles that satisfy the policy.</summary>
    public static string[] RolesFor(string policy) => policy switch
    {
        View => [View, Edit, Administer],
        Edit => [Edit, Administer],
        _ => [Administer],
    };
}
