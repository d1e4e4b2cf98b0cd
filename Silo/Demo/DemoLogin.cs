using System.Security.Cryptography;
using System.Text;
using Weir.Mqtt;

namespace Weir.Silo.Demo;

/// <summary>
/// Lets the demo's machines in where the broker asks for logins: by a user that is made at each start and is nowhere but
/// in this process's memory.
/// </summary>
internal sealed class DemoLogin : IMqttAuthenticator
{
    private readonly byte[] password = Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(32));

    /// <summary>The user's name; no user of the site has it.</summary>
    public string UserName { get; } = $"demo-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";

    /// <summary>The password.</summary>
    public ReadOnlyMemory<byte> Password => password;

    public ValueTask<MqttLoginVerdict> AuthenticateAsync(MqttLogin login, CancellationToken cancellationToken)
    {
        var isDemo = login.UserName == UserName && login.Password is { } shown && CryptographicOperations.FixedTimeEquals(shown.Span, password);
        return new ValueTask<MqttLoginVerdict>(isDemo ? MqttLoginVerdict.Accepted(UserName) : MqttLoginVerdict.NotConcerned);
    }

    /// <summary>Where there are rules, the machines may publish what they publish, and no more.</summary>
    public void Admit(MqttSecurityOptions security)
    {
        if (security.Access.Count == 0) return;
        security.Access.Insert(0, new MqttAccessRule { User = UserName, Access = MqttAccess.All, Topic = "#", Allow = false });
        security.Access.Insert(0, new MqttAccessRule { User = UserName, Access = MqttAccess.Publish, Topic = $"{DemoPlant.Root}/#" });
    }
}
