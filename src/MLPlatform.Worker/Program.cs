using MLPlatform.Worker.Roles;
using MLPlatform.Worker.Supervision;
using MLPlatform.Worker.Work;

// Started by the platform, never by hand; the usage line is for whoever does so anyway.
return args switch
{
    ["supervise", "--home", string home] => await SupervisorProgram.RunAsync(home, TimeSpan.FromSeconds(60)),
    ["supervise", "--home", string home, "--idle", string seconds] when int.TryParse(seconds, out int idle) =>
        await SupervisorProgram.RunAsync(home, TimeSpan.FromSeconds(idle)),
    ["roles"] => await RolesProgram.RunAsync(),
    ["work", "--home", string home] => await WorkProgram.RunAsync(home),
    ["attempt", "--home", string home, "--id", string id] => await AttemptProgram.RunAsync(home, id),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: MLPlatform.Worker supervise --home DIR [--idle SECONDS] | work --home DIR | attempt --home DIR --id ID | roles");
    return 2;
}
