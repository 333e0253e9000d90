namespace MLPlatform.Core.Jobs;

/// <summary>What is to happen after a process of a distributed training ended.</summary>
public abstract record RoleVerdict
{
    private RoleVerdict() { }

    /// <summary>The others go on.</summary>
    public sealed record GoOn : RoleVerdict;

    /// <summary>It is started again.</summary>
    public sealed record StartAgain : RoleVerdict;

    /// <summary>Every role has done its part: those that still run are stopped, and the attempt succeeds.</summary>
    public sealed record Succeed : RoleVerdict;

    /// <summary>All are stopped, and the attempt fails.</summary>
    public sealed record Fail(string Why) : RoleVerdict;
}

/// <summary>Applies the policies of roles to how their processes end. It keeps count, and does nothing else.</summary>
public sealed class RoleJudge(IReadOnlyDictionary<string, RoleDeclaration> roles)
{
    private readonly Dictionary<string, int> _succeeded = roles.Keys.ToDictionary(r => r, _ => 0);
    private readonly Dictionary<string, int> _failed = roles.Keys.ToDictionary(r => r, _ => 0);
    private readonly Dictionary<(string Role, int Index), int> _restarts = [];

    /// <summary>A process ended by itself.</summary>
    /// <param name="code">Its exit code; of a signal, 128 and its number.</param>
    public RoleVerdict Ended(string role, int index, int code)
    {
        RoleDeclaration declaration = roles[role];
        if (code == 0)
            _succeeded[role]++;
        else if (declaration.Failure == RoleFailure.Restart && _restarts.GetValueOrDefault((role, index)) < declaration.Restarts)
        {
            _restarts[(role, index)] = _restarts.GetValueOrDefault((role, index)) + 1;
            return new RoleVerdict.StartAgain();
        }
        else if (declaration.Failure == RoleFailure.Ignore)
            _failed[role]++;
        else
            return new RoleVerdict.Fail($"{role}-{index} ended with exit code {code}{(declaration.Failure == RoleFailure.Restart ? $" after {declaration.Restarts} restarts" : "")}");
        return Verdict();
    }

    private RoleVerdict Verdict()
    {
        bool done = true, waits = false;
        foreach ((string role, RoleDeclaration declaration) in roles)
        {
            RoleSuccess success = RoleLayout.SuccessOf(role, declaration);
            int over = _succeeded[role] + _failed[role];
            bool satisfied = success switch
            {
                RoleSuccess.None => true,
                RoleSuccess.Any => _succeeded[role] > 0,
                _ => _succeeded[role] == declaration.Count,
            };
            waits |= over < declaration.Count;
            done &= satisfied;
            // With failures ignored, a role may end without having done its part.
            if (!satisfied && over == declaration.Count)
                return new RoleVerdict.Fail($"{_succeeded[role]} of {declaration.Count} of the role {role} succeeded, and {(success == RoleSuccess.Any ? "one" : "all")} must");
        }
        bool onlyNone = roles.All(r => RoleLayout.SuccessOf(r.Key, r.Value) == RoleSuccess.None);
        return done && (!onlyNone || !waits) ? new RoleVerdict.Succeed() : new RoleVerdict.GoOn();
    }
}
